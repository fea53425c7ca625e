import type { Args } from '../common/arguments.ts';
import { hash256 } from '../crypto/hash.ts';
import { ALWAYS_ACTIVE, type BuriedFork, type ChainParams, type CoinSpec, type Network, networkParams, NEVER_ACTIVE, NO_TIMEOUT, type ParamsOverrides } from '../params/chain-params.ts';
import { fromHex, isHex } from '../util/bytes.ts';
import { InitError } from '../util/errors.ts';
import { Writer } from '../util/writer.ts';

const BURIED: readonly BuriedFork[] = ['segwit', 'bip34', 'dersig', 'cltv', 'csv'];

function activationHeights(args: Args): Map<BuriedFork, number> {
  const out = new Map<BuriedFork, number>();
  for (const text of args.strings('testactivationheight')) {
    const at = text.indexOf('@');
    if (at < 0) throw new InitError(`Invalid format (${text}) for -testactivationheight=name@height.`);
    const height = /^-?\d+$/.test(text.slice(at + 1)) ? Number(text.slice(at + 1)) : -1;
    if (height < 0 || height >= 0x7fffffff) throw new InitError(`Invalid height value (${text}) for -testactivationheight=name@height.`);
    const name = BURIED.find((n) => n === text.slice(0, at));
    if (name === undefined) throw new InitError(`Invalid name (${text}) for -testactivationheight=name@height.`);
    out.set(name, height);
  }
  return out;
}

function versionBits(args: Args, spec: CoinSpec, network: Network): NonNullable<ParamsOverrides['deployments']> {
  const out = new Map<string, { startTime: number; timeout: number; minActivationHeight?: number }>();
  const known = spec.networks.get(network)?.consensus.deployments;
  for (const text of args.strings('vbparams')) {
    const [name = '', start = '', end = '', height, ...rest] = text.split(':');
    if (text.split(':').length < 3 || rest.length > 0) throw new InitError('Version bits parameters malformed, expecting deployment:start:end[:min_activation_height]');
    if (!/^-?\d+$/.test(start)) throw new InitError(`Invalid nStartTime (${start})`);
    if (!/^-?\d+$/.test(end)) throw new InitError(`Invalid nTimeout (${end})`);
    if (height !== undefined && !/^-?\d+$/.test(height)) throw new InitError(`Invalid min_activation_height (${height})`);
    if (known?.has(name) !== true) throw new InitError(`Invalid deployment (${name})`);
    const startTime = Number(start) === -1 ? ALWAYS_ACTIVE : Number(start) === -2 ? NEVER_ACTIVE : Number(start);
    out.set(name, { startTime, timeout: Math.min(Number(end), NO_TIMEOUT), ...(height === undefined ? {} : { minActivationHeight: Number(height) }) });
  }
  return out;
}

/** Parameters of the network that the options choose, with the options that change test networks. @throws InitError */
export function selectParams(spec: CoinSpec, network: Network, args: Args): ChainParams {
  const overrides: { -readonly [K in keyof ParamsOverrides]: ParamsOverrides[K] } = {};
  if (network === 'regtest') {
    overrides.activationHeights = activationHeights(args);
    overrides.deployments = versionBits(args, spec, network);
    if (args.strings('test').includes('bip94')) overrides.enforceBip94 = true;
  }
  if (network === 'signet' && args.isSet('signetchallenge')) {
    const texts = args.strings('signetchallenge');
    if (texts.length !== 1) throw new InitError('-signetchallenge cannot be multiple values.');
    const text = texts[0] ?? '';
    if (!isHex(text)) throw new InitError(`-signetchallenge must be hex, not '${text}'.`);
    const challenge = fromHex(text);
    overrides.signetChallenge = challenge;
    overrides.signetMessageStart = hash256(new Writer().varBytes(challenge).finish()).slice(0, 4);
  }
  return networkParams(spec, network, overrides);
}

/** The same for a program that is told of its network by the options: from now on those of this network's section count. @throws ArgsError, InitError */
export function chooseParams(spec: CoinSpec, args: Args): ChainParams {
  const network = args.chainName();
  args.selectNetwork(network);
  return selectParams(spec, network, args);
}

/** Refuses a network whose rules this version does not have in full: a node there would follow what is no valid chain. @throws InitError */
export function refuseUnbuilt(params: ChainParams): void {
  if (params.needs.length === 0) return;
  throw new InitError(`${params.coin.displayName}'s network '${params.network}' needs what this version does not have: ${params.needs.join('; ')}. No node can run on it.`);
}
