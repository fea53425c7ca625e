import { encodeCompact } from '../consensus/compact.ts';
import { sha256 } from '../crypto/hash.ts';
import { genesisBlock, type Network, parseCoinSpec } from '../params/chain-params.ts';
import { hashToHex, toHex, utf8 } from '../util/bytes.ts';
import { pushData } from '../script/script.ts';
import { expectedTries, searchGenesis } from './genesis-search.ts';

/** What the maker of a coin decides; the rest follows. */
export interface CoinPlan {
  readonly name: string;
  readonly ticker: string;
  /** Seconds between blocks. */
  readonly blockTime: number;
  /** Blocks until the reward is halved. */
  readonly halving: number;
  /** Satoshi for each of the first blocks. */
  readonly reward: number;
  /** P2P port of main. The RPC port is one below, the onion port one above; test and regtest are 10000 and 20000 further on. */
  readonly port: number;
  /** Version bytes of main's addresses: of keys and of scripts. */
  readonly pubkeyPrefix: number;
  readonly scriptPrefix: number;
  readonly hrp: string;
  /** Text in the genesis block. */
  readonly message: string;
  /** Unix seconds of the genesis block. */
  readonly time: number;
}

/** Blocks between retargets. */
const INTERVAL = 2016;
const LIMITS: Readonly<Record<'main' | 'test' | 'regtest', bigint>> = {
  main: (1n << 238n) - 1n, test: (1n << 240n) - 1n, regtest: (1n << 255n) - 1n,
};
const PORT_STEP = 10_000;
const ZERO_HASH = '0'.repeat(64);

function byte(n: number): string {
  return n.toString(16).padStart(2, '0');
}

/** Choices that a name makes for its coin, so that two coins rarely meet. */
export function defaultPlan(name: string, time: number): CoinPlan {
  const seed = sha256(utf8(`coin ${name}`));
  const pick = (i: number): number => (seed[i] as number) * 256 + (seed[i + 1] as number);
  const pubkeyPrefix = 1 + (pick(0) % 100);
  return {
    name,
    ticker: name.slice(0, 4).toUpperCase(),
    blockTime: 600,
    halving: 210_000,
    reward: 50e8,
    port: 10_001 + (pick(2) % 9_990),
    pubkeyPrefix,
    scriptPrefix: pubkeyPrefix === 5 ? 6 : 5,
    hrp: name.slice(0, 4),
    message: `${name} ${new Date(time * 1000).toISOString().slice(0, 10)}`,
    time,
  };
}

function networkJson(plan: CoinPlan, network: 'main' | 'test' | 'regtest'): Record<string, unknown> {
  const step = { main: 0, test: PORT_STEP, regtest: 2 * PORT_STEP }[network];
  const limit = LIMITS[network];
  const main = network === 'main';
  const regtest = network === 'regtest';
  const interval = regtest ? 144 : INTERVAL;
  const threshold = regtest ? 108 : main ? 1815 : 1512;
  const magic = sha256(utf8(`${plan.name} ${network} ${plan.message} ${plan.time}`)).slice(0, 4).map((b) => b | 0x80);
  const text = utf8(plan.message);
  // Bits, a number and the text: as the first coin's genesis block has them.
  const scriptSig = `04ffff001d0104${toHex(pushData(text))}`;
  return {
    message_start: toHex(magic),
    p2p_port: plan.port + step, rpc_port: plan.port + step - 1, onion_port: plan.port + step + 1,
    datadir_subdir: main ? '' : regtest ? 'regtest' : 'testnet3',
    base58: main
      ? { pubkey: byte(plan.pubkeyPrefix), script: byte(plan.scriptPrefix), secret: byte(plan.pubkeyPrefix + 128), ext_public: '0488b21e', ext_secret: '0488ade4' }
      : { pubkey: '6f', script: 'c4', secret: 'ef', ext_public: '043587cf', ext_secret: '04358394' },
    bech32_hrp: main ? plan.hrp : regtest ? `${plan.hrp}rt` : `t${plan.hrp}`,
    dns_seeds: [],
    genesis: {
      coinbase_script_sig: scriptSig,
      // Nobody can spend the first block's coins: the output says so.
      output_script: '6a', time: plan.time, nonce: 0, bits: encodeCompact(limit).toString(16).padStart(8, '0'), version: 1, reward: plan.reward,
      hash: ZERO_HASH, merkle_root: ZERO_HASH,
    },
    consensus: {
      subsidy_halving_interval: regtest ? 150 : plan.halving, initial_subsidy: plan.reward,
      pow_limit: limit.toString(16).padStart(64, '0'), pow_target_timespan: plan.blockTime * interval, pow_target_spacing: plan.blockTime,
      difficulty_adjustment_interval: interval, allow_min_difficulty_blocks: !main, no_retargeting: regtest, enforce_bip94: main,
      bip34_height: 1, bip34_hash: ZERO_HASH, bip65_height: 1, bip66_height: 1, csv_height: 1, segwit_height: regtest ? 0 : 1, min_bip9_warning_height: 0,
      deployments: { testdummy: { bit: 28, start_time: regtest ? 0 : 'never_active', timeout: 'no_timeout', min_activation_height: 0, threshold, period: interval } },
      minimum_chain_work: ZERO_HASH, default_assume_valid: ZERO_HASH, script_flag_exceptions: [], signet_blocks: false, signet_challenge: null,
    },
  };
}

/** The data file of a coin whose genesis blocks are not mined yet. */
function draft(plan: CoinPlan): { networks: Record<string, Record<string, unknown>> } & Record<string, unknown> {
  const title = plan.name[0]?.toUpperCase() + plan.name.slice(1);
  return {
    name: plan.name, client_name: `${title} Core`, display_name: title, currency_unit: plan.ticker, currency_atom: 'sat',
    datadir: `.${plan.name}`, datadir_windows_macos: title, conf_file: `${plan.name}.conf`, user_agent: title, client_version: '0.1.0',
    signed_message_magic: `${title} Signed Message:\n`, bip44_coin_type: { main: 0, test: 1 }, protocol_version: 70017, min_peer_protocol_version: 31800,
    v2_transport_salt: `${plan.name}_v2_shared_secret`, v2_transport_default: true,
    policy: { dust_relay_fee: 3000, min_relay_fee: 100, incremental_relay_fee: 100, block_min_tx_fee: 1, block_max_weight: 4_000_000, max_datacarrier_bytes: 100_000 },
    networks: { main: networkJson(plan, 'main'), test: networkJson(plan, 'test'), regtest: networkJson(plan, 'regtest') },
  };
}

/** Tells of the search for a genesis block: tries so far, and tries that are likely needed. */
export type SearchProgress = (network: Network, tries: number, expected: number, done: boolean) => void;

/** Makes a coin's data file: mines its genesis blocks. @throws CoinSpecError where the plan makes no coin */
export function makeCoinSpec(plan: CoinPlan, progress: SearchProgress): string {
  const json = draft(plan);
  for (const [network, fields] of Object.entries(json.networks)) {
    const genesis = fields['genesis'] as Record<string, unknown>;
    const params = parseCoinSpec({ ...json, networks: { [network]: fields } }, { genesisUnmined: true }).networks.get(network as Network);
    if (params === undefined) throw new RangeError(`makeCoinSpec: no network ${network}`);
    const { powLimit } = params.consensus;
    const { header } = genesisBlock(params);
    const expected = expectedTries(header.bits, powLimit);
    const { nonce, time, tries } = searchGenesis(header, powLimit, (n) => progress(params.network, n, expected, false));
    progress(params.network, tries, expected, true);
    Object.assign(genesis, { nonce, time });
    const block = genesisBlock({ ...params, genesis: { ...params.genesis, nonce, time } });
    Object.assign(genesis, { hash: block.hashHex, merkle_root: hashToHex(block.header.merkleRoot) });
  }
  parseCoinSpec(json);
  return `${JSON.stringify(json, null, 1)}\n`;
}
