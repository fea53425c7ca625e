import { readSpecFile } from '../common/coin-names.ts';
import { checkHeaderWork } from '../consensus/work.ts';
import { builtinCoin, builtinCoinNames } from '../params/builtin-coins.ts';
import { type ChainParams, type CoinSpec, genesisBlock } from '../params/chain-params.ts';
import { equalBytes, hashToHex, toHex } from '../util/bytes.ts';
import { CoinError } from '../util/errors.ts';
import { parseFlags } from './coin-flags.ts';

/** What looks wrong in a coin that can be read: it may run all the same. */
function doubts(spec: CoinSpec): string[] {
  const out: string[] = [];
  const ports = new Map<number, string>();
  for (const params of spec.networks.values()) {
    const { network, consensus } = params;
    if (!checkHeaderWork(genesisBlock(params).header, consensus)) out.push(`networks.${network}.genesis: its own proof of work is not met`);
    if (consensus.powTargetTimespan / consensus.powTargetSpacing !== consensus.difficultyAdjustmentInterval) {
      out.push(`networks.${network}.consensus: timespan and spacing do not make the interval`);
    }
    if (equalBytes(params.base58.pubkey, params.base58.script)) out.push(`networks.${network}.base58: addresses of keys and of scripts have the same prefix`);
    for (const [what, port] of [['p2p_port', params.p2pPort], ['rpc_port', params.rpcPort], ['onion_port', params.onionPort]] as const) {
      const other = ports.get(port);
      if (other !== undefined) out.push(`networks.${network}.${what}: port ${port} is that of ${other} too`);
      ports.set(port, `${network}.${what}`);
    }
    if (params.needs.length > 0) out.push(`networks.${network}.needs: no node starts there: ${params.needs.join('; ')}`);
  }
  for (const name of builtinCoinNames()) if (name !== spec.info.name) out.push(...likenesses(spec, builtinCoin(name)));
  return out;
}

function likenesses(spec: CoinSpec, other: CoinSpec | undefined): string[] {
  const out: string[] = [];
  if (other === undefined) return out;
  if (other.info.datadir === spec.info.datadir) out.push(`datadir: ${spec.info.datadir} is that of ${other.info.name}`);
  const theirs = other.networks.get('main');
  const mine = spec.networks.get('main');
  if (mine === undefined || theirs === undefined) return out;
  if (equalBytes(mine.messageStart, theirs.messageStart)) out.push(`networks.main.message_start: ${toHex(mine.messageStart)} is that of ${other.info.name}`);
  if (mine.bech32Hrp === theirs.bech32Hrp) out.push(`networks.main.bech32_hrp: ${mine.bech32Hrp} is that of ${other.info.name}`);
  return out;
}

function row(params: ChainParams): string {
  const { network, p2pPort, rpcPort, messageStart, bech32Hrp, consensus } = params;
  const rules = Object.keys(consensus.rules);
  return `${network.padEnd(9)} ports ${p2pPort} ${rpcPort}, magic ${toHex(messageStart)}, addresses ${bech32Hrp}1..., genesis ${hashToHex(consensus.genesisHash)}${rules.length === 0 ? '' : `, rules ${rules.join(' ')}`}\n`;
}

/** `coin check`: reads a data file as the programs do, rebuilds its genesis blocks, and looks for what is doubtful. @returns exit code @throws CoinError for a fault, with its path */
export function run(argv: readonly string[]): number {
  const { values, words } = parseFlags(argv, [], ['help', 'h', '?']);
  const [file, stray] = words;
  if (values.size > 0) {
    process.stdout.write('Usage: coin check FILE\n\nChecks the data file of a coin: its form, its genesis blocks, and what it has in common with other coins.\n');
    return 0;
  }
  if (file === undefined || stray !== undefined) throw new CoinError('usage', 'Usage: coin check FILE');
  const { spec } = readSpecFile(file);
  const { info } = spec;
  process.stdout.write(`${info.name}: ${info.displayName} (${info.currencyUnit}), ~/${info.datadir}, ${info.confFile}\n`);
  for (const params of spec.networks.values()) process.stdout.write(row(params));
  for (const doubt of doubts(spec)) process.stdout.write(`doubtful: ${doubt}\n`);
  process.stdout.write(`${file} is the data file of a coin.\n`);
  return 0;
}
