import { Block, BlockHeader } from '../primitives/block.ts';
import { NULL_VOUT } from '../primitives/outpoint.ts';
import { NO_WITNESS, SEQUENCE_FINAL, Transaction } from '../primitives/transaction.ts';
import { equalBytes, fromHex, hashFromHex, hashToHex } from '../util/bytes.ts';
import { type NamedRules, readRules } from './rules.ts';
import { CoinSpecError, SpecReader } from './spec-reader.ts';

export const NETWORKS = ['main', 'test', 'testnet4', 'signet', 'regtest'] as const;
export type Network = (typeof NETWORKS)[number];

/** Start time of a BIP 9 deployment that is active from the first period, or never. */
export const ALWAYS_ACTIVE = -1;
export const NEVER_ACTIVE = -2;
export const NO_TIMEOUT = Number.MAX_SAFE_INTEGER;

/** A soft fork decided by version bits (BIP 9). Times are unix seconds of median time past. */
export interface Bip9Deployment {
  readonly bit: number;
  readonly startTime: number;
  readonly timeout: number;
  readonly minActivationHeight: number;
  /** Signalling blocks of a period that lock it in. */
  readonly threshold: number;
  readonly period: number;
}

/** Buried forks by the name under which -testactivationheight knows them. */
export type BuriedFork = 'segwit' | 'bip34' | 'dersig' | 'cltv' | 'csv';

export interface ConsensusParams {
  /** Network order. */
  readonly genesisHash: Uint8Array;
  readonly subsidyHalvingInterval: number;
  /** Largest target. */
  readonly powLimit: bigint;
  /** Seconds. */
  readonly powTargetTimespan: number;
  readonly powTargetSpacing: number;
  /** Blocks between retargets. */
  readonly difficultyAdjustmentInterval: number;
  readonly allowMinDifficultyBlocks: boolean;
  readonly noRetargeting: boolean;
  readonly enforceBip94: boolean;
  readonly bip34Height: number;
  readonly bip34Hash: Uint8Array;
  readonly bip65Height: number;
  readonly bip66Height: number;
  readonly csvHeight: number;
  readonly segwitHeight: number;
  readonly minBip9WarningHeight: number;
  readonly deployments: ReadonlyMap<string, Bip9Deployment>;
  readonly minimumChainWork: bigint;
  /** Zero where there is none. */
  readonly defaultAssumeValid: Uint8Array;
  /** Script flags, by name, for single blocks (hash in network order) that break a later rule. */
  readonly scriptFlagExceptions: readonly { readonly blockHash: Uint8Array; readonly flags: readonly string[] }[];
  readonly signetBlocks: boolean;
  readonly signetChallenge: Uint8Array;
  /** Subsidy of the first blocks, satoshi. */
  readonly initialSubsidy: number;
  readonly rules: NamedRules;
}

export interface Base58Prefixes {
  readonly pubkey: Uint8Array;
  readonly script: Uint8Array;
  readonly secret: Uint8Array;
  readonly extPublic: Uint8Array;
  readonly extSecret: Uint8Array;
}

interface GenesisSpec {
  readonly coinbaseScriptSig: Uint8Array;
  readonly outputScript: Uint8Array;
  readonly time: number;
  readonly nonce: number;
  readonly bits: number;
  readonly version: number;
  /** Satoshi. */
  readonly reward: number;
}

/** What holds for a coin on every network. */
export interface CoinInfo {
  /** First part of the executables' names. */
  readonly name: string;
  /** Name under which the program introduces itself in messages. */
  readonly clientName: string;
  readonly displayName: string;
  readonly currencyUnit: string;
  readonly currencyAtom: string;
  /** Data directory below the home directory. */
  readonly datadir: string;
  readonly datadirWindowsMacos: string;
  readonly confFile: string;
  /** Name in the P2P sub-version string. */
  readonly userAgent: string;
  /** `major.minor.build`. */
  readonly clientVersion: string;
  readonly signedMessageMagic: string;
  readonly protocolVersion: number;
  readonly minPeerProtocolVersion: number;
  /** Salt of the encrypted transport (BIP 324), and whether it is on where nobody says otherwise. */
  readonly v2TransportSalt: string;
  readonly v2TransportDefault: boolean;
  /** BIP 44 coin types. */
  readonly bip44CoinType: { readonly main: number; readonly test: number };
  /** Defaults in sat/kvB and weight units. */
  readonly policy: {
    readonly dustRelayFee: number;
    readonly minRelayFee: number;
    readonly incrementalRelayFee: number;
    readonly blockMinTxFee: number;
    readonly blockMaxWeight: number;
    readonly maxDatacarrierBytes: number;
  };
}

/** One coin on one network. */
export interface ChainParams {
  readonly coin: CoinInfo;
  readonly network: Network;
  /** 4 bytes that begin every P2P message and block record. */
  readonly messageStart: Uint8Array;
  readonly p2pPort: number;
  readonly rpcPort: number;
  readonly onionPort: number;
  /** Below the data directory; '' for main. */
  readonly datadirSubdir: string;
  readonly base58: Base58Prefixes;
  readonly bech32Hrp: string;
  readonly dnsSeeds: readonly string[];
  /** host:port of nodes to ask where the DNS seeds do not answer. */
  readonly fixedSeeds: readonly string[];
  readonly genesis: GenesisSpec;
  readonly consensus: ConsensusParams;
  /** Networks for trying things out: blocks can be mined at will. */
  readonly mineBlocksOnDemand: boolean;
  readonly isTestChain: boolean;
  /** What the network asks of a node and this version does not have: no node starts on it. */
  readonly needs: readonly string[];
}

/** A coin with all its networks, as its data file gives it. */
export interface CoinSpec {
  readonly info: CoinInfo;
  readonly networks: ReadonlyMap<Network, ChainParams>;
}

/** Start options that change a test network's rules. */
export interface ParamsOverrides {
  readonly activationHeights?: ReadonlyMap<BuriedFork, number>;
  readonly deployments?: ReadonlyMap<string, { readonly startTime: number; readonly timeout: number; readonly minActivationHeight?: number }>;
  /** -signetchallenge; changes the message start too (BIP 325). */
  readonly signetChallenge?: Uint8Array;
  /** First 4 bytes of the double SHA-256 of the challenge with its length: see {@link networkParams}. */
  readonly signetMessageStart?: Uint8Array;
  readonly enforceBip94?: boolean;
}

/** A name in a directory, that leads nowhere else. */
const FILE_NAME = /^[.]?[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Reads and checks a coin's data file. @throws CoinSpecError with the path of the first fault
 * @param options genesisUnmined: merkle root and hash of the genesis blocks say nothing yet
 */
export function parseCoinSpec(json: unknown, options: { readonly genesisUnmined?: boolean } = {}): CoinSpec {
  const r = new SpecReader(json, '');
  const info = readInfo(r);
  const networks = new Map<Network, ChainParams>();
  r.part('networks', (list) => {
    for (const key of list.keys()) {
      const network = NETWORKS.find((n) => n === key);
      if (network === undefined) throw new CoinSpecError(`networks.${key}`, `one of ${NETWORKS.join(', ')}`);
      networks.set(network, list.part(key, (one) => readNetwork(one, info, network, options.genesisUnmined === true)));
    }
  });
  if (networks.size === 0) throw new CoinSpecError('networks', 'at least one network');
  r.end();
  return { info, networks };
}

function readInfo(r: SpecReader): CoinInfo {
  return {
    name: r.string('name', /^[a-z]+$/),
    clientName: r.string('client_name'),
    displayName: r.string('display_name'),
    currencyUnit: r.string('currency_unit'),
    currencyAtom: r.string('currency_atom'),
    datadir: r.string('datadir', FILE_NAME),
    datadirWindowsMacos: r.string('datadir_windows_macos', FILE_NAME),
    confFile: r.string('conf_file', FILE_NAME),
    userAgent: r.string('user_agent', /^[A-Za-z0-9._-]{1,64}$/),
    clientVersion: r.string('client_version', /^\d+\.\d+\.\d+$/),
    signedMessageMagic: r.string('signed_message_magic'),
    protocolVersion: r.int('protocol_version'),
    minPeerProtocolVersion: r.int('min_peer_protocol_version'),
    v2TransportSalt: r.string('v2_transport_salt'),
    v2TransportDefault: r.bool('v2_transport_default'),
    bip44CoinType: r.part('bip44_coin_type', (types) => ({ main: types.int('main'), test: types.int('test') })),
    policy: r.part('policy', (policy) => ({
      dustRelayFee: policy.int('dust_relay_fee'),
      minRelayFee: policy.int('min_relay_fee'),
      incrementalRelayFee: policy.int('incremental_relay_fee'),
      blockMinTxFee: policy.int('block_min_tx_fee'),
      blockMaxWeight: policy.int('block_max_weight'),
      maxDatacarrierBytes: policy.int('max_datacarrier_bytes'),
    })),
  };
}

function textOf(value: unknown, path: string): string {
  if (typeof value !== 'string') throw new CoinSpecError(path, 'a string');
  return value;
}

function readNetwork(r: SpecReader, coin: CoinInfo, network: Network, genesisUnmined: boolean): ChainParams {
  const genesis = r.part('genesis', readGenesis);
  const fixedSeeds = r.has('fixed_seeds') ? r.list('fixed_seeds', textOf) : [];
  const params: ChainParams = {
    coin,
    network,
    messageStart: fromHex(r.hex('message_start', 4)),
    p2pPort: r.int('p2p_port', 1, 65535),
    rpcPort: r.int('rpc_port', 1, 65535),
    onionPort: r.int('onion_port', 1, 65535),
    datadirSubdir: r.string('datadir_subdir', network === 'main' ? /^$/ : /^[a-z0-9]+$/),
    base58: r.part('base58', (base58) => {
      const prefix = (key: string, bytes?: number): Uint8Array => fromHex(base58.hex(key, bytes));
      return { pubkey: prefix('pubkey'), script: prefix('script'), secret: prefix('secret'), extPublic: prefix('ext_public', 4), extSecret: prefix('ext_secret', 4) };
    }),
    bech32Hrp: r.string('bech32_hrp', /^[a-z0-9]+$/),
    dnsSeeds: r.list('dns_seeds', textOf),
    fixedSeeds,
    genesis: genesis.spec,
    consensus: r.part('consensus', (consensus) => readConsensus(consensus, genesis.hash)),
    mineBlocksOnDemand: network === 'regtest',
    isTestChain: network !== 'main',
    needs: r.has('needs') ? r.list('needs', textOf) : [],
  };
  if (genesisUnmined) return params;
  const block = genesisBlock(params);
  if (!equalBytes(block.header.merkleRoot, genesis.merkleRoot)) r.fail('genesis.merkle_root', `${hashToHex(block.header.merkleRoot)}, as the coinbase gives it`);
  if (!equalBytes(block.hash, genesis.hash)) r.fail('genesis.hash', `${block.hashHex}, as the header gives it`);
  return params;
}

function readGenesis(genesis: SpecReader): { spec: GenesisSpec; hash: Uint8Array; merkleRoot: Uint8Array } {
  return {
    spec: {
      coinbaseScriptSig: fromHex(genesis.hex('coinbase_script_sig')),
      outputScript: fromHex(genesis.hex('output_script')),
      time: genesis.int('time', 0, 0xffffffff),
      nonce: genesis.int('nonce', 0, 0xffffffff),
      bits: parseInt(genesis.hex('bits', 4), 16),
      version: genesis.int('version', -0x80000000, 0x7fffffff),
      reward: genesis.int('reward'),
    },
    hash: hashFromHex(genesis.hex('hash', 32)),
    merkleRoot: hashFromHex(genesis.hex('merkle_root', 32)),
  };
}

function readConsensus(r: SpecReader, genesisHash: Uint8Array): ConsensusParams {
  const deployments = new Map<string, Bip9Deployment>();
  r.part('deployments', (list) => {
    for (const name of list.keys()) deployments.set(name, list.part(name, readDeployment));
  });
  return {
    genesisHash,
    subsidyHalvingInterval: r.int('subsidy_halving_interval', 1),
    powLimit: BigInt(`0x${r.hex('pow_limit', 32)}`),
    powTargetTimespan: r.int('pow_target_timespan', 1),
    powTargetSpacing: r.int('pow_target_spacing', 1),
    difficultyAdjustmentInterval: r.int('difficulty_adjustment_interval', 1),
    allowMinDifficultyBlocks: r.bool('allow_min_difficulty_blocks'),
    noRetargeting: r.bool('no_retargeting'),
    enforceBip94: r.bool('enforce_bip94'),
    bip34Height: r.int('bip34_height'),
    bip34Hash: hashFromHex(r.hex('bip34_hash', 32)),
    bip65Height: r.int('bip65_height'),
    bip66Height: r.int('bip66_height'),
    csvHeight: r.int('csv_height'),
    segwitHeight: r.int('segwit_height'),
    minBip9WarningHeight: r.int('min_bip9_warning_height'),
    deployments,
    minimumChainWork: BigInt(`0x${r.hex('minimum_chain_work', 32)}`),
    defaultAssumeValid: hashFromHex(r.hex('default_assume_valid', 32)),
    scriptFlagExceptions: r.list('script_flag_exceptions', (value, path) => {
      const one = new SpecReader(value, path);
      const exception = { blockHash: hashFromHex(one.hex('block_hash', 32)), flags: one.list('flags', textOf) };
      one.end();
      return exception;
    }),
    signetBlocks: r.bool('signet_blocks'),
    signetChallenge: r.raw('signet_challenge') === null ? new Uint8Array(0) : fromHex(r.hex('signet_challenge')),
    initialSubsidy: r.has('initial_subsidy') ? r.int('initial_subsidy', 0, 21e14) : 50e8,
    rules: r.has('rules') ? r.part('rules', readRules) : {},
  };
}

function readDeployment(r: SpecReader): Bip9Deployment {
  const start = r.raw('start_time');
  return {
    bit: r.int('bit', 0, 29),
    startTime: start === 'never_active' ? NEVER_ACTIVE : start === 'always_active' ? ALWAYS_ACTIVE : r.int('start_time'),
    timeout: r.raw('timeout') === 'no_timeout' ? NO_TIMEOUT : r.int('timeout'),
    minActivationHeight: r.int('min_activation_height'),
    threshold: r.int('threshold', 1),
    period: r.int('period', 1),
  };
}

/** Parameters of one network with start options applied. @throws CoinSpecError where the coin has no such network */
export function networkParams(spec: CoinSpec, network: Network, overrides: ParamsOverrides = {}): ChainParams {
  const base = spec.networks.get(network);
  if (base === undefined) throw new CoinSpecError(`networks.${network}`, 'a network of this coin');
  const heights = overrides.activationHeights;
  const deployments = new Map(base.consensus.deployments);
  for (const [name, change] of overrides.deployments ?? []) {
    const deployment = deployments.get(name);
    if (deployment !== undefined) deployments.set(name, { ...deployment, minActivationHeight: 0, ...change });
  }
  const consensus: ConsensusParams = {
    ...base.consensus,
    deployments,
    segwitHeight: heights?.get('segwit') ?? base.consensus.segwitHeight,
    bip34Height: heights?.get('bip34') ?? base.consensus.bip34Height,
    bip66Height: heights?.get('dersig') ?? base.consensus.bip66Height,
    bip65Height: heights?.get('cltv') ?? base.consensus.bip65Height,
    csvHeight: heights?.get('csv') ?? base.consensus.csvHeight,
    enforceBip94: overrides.enforceBip94 ?? base.consensus.enforceBip94,
    ...(overrides.signetChallenge === undefined ? {} : {
      signetChallenge: overrides.signetChallenge,
      minimumChainWork: 0n,
      defaultAssumeValid: new Uint8Array(32),
    }),
  };
  return {
    ...base,
    consensus,
    messageStart: overrides.signetMessageStart ?? base.messageStart,
    dnsSeeds: overrides.signetChallenge === undefined ? base.dnsSeeds : [],
  };
}

/** The first block of a network, built from its parameters. */
export function genesisBlock(params: ChainParams): Block {
  const g = params.genesis;
  const coinbase = new Transaction({
    version: 1,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: NULL_VOUT }, scriptSig: g.coinbaseScriptSig, sequence: SEQUENCE_FINAL, witness: NO_WITNESS }],
    outputs: [{ value: g.reward, scriptPubKey: g.outputScript }],
    locktime: 0,
  });
  // One transaction: its txid is the merkle root.
  return new Block(new BlockHeader({ version: g.version, prevHash: new Uint8Array(32), merkleRoot: coinbase.txid, time: g.time, bits: g.bits, nonce: g.nonce }), [coinbase]);
}
