import { isJsonObject, type Json, type JsonObject, stringifyJson } from '../util/json.ts';
import { CliError } from './convert.ts';
import type { Session } from './session.ts';

const DONE = '\u2592';
const TO_DO = '\u2591';
const STEPS = 20;
/** From here on there is no bar any more. */
const NEARLY_DONE = 0.99;

interface Colours { readonly reset: string; readonly green: string; readonly blue: string; readonly yellow: string; readonly magenta: string; readonly cyan: string }

/** -color: always, never, or where a terminal is there to show it. @throws CliError */
function colours(setting: string, terminal: boolean): Colours {
  if (!['always', 'auto', 'never'].includes(setting)) throw new CliError('Invalid value for -color option. Valid values: always, auto, never.');
  const code = (n: number): string => (setting === 'always' || (setting === 'auto' && terminal) ? `\u001b[${n}m` : '');
  return { reset: code(0), green: code(32), blue: code(34), yellow: code(33), magenta: code(35), cyan: code(36) };
}

export function text(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : stringifyJson(value);
}

function progress(part: number): string {
  const percent = `${(part * 100).toFixed(4)}%`;
  if (part >= NEARLY_DONE) return percent;
  const done = Math.floor(part * STEPS);
  return `${DONE.repeat(done)}${TO_DO.repeat(STEPS - done)} ${percent}`;
}

function proxies(networks: Json | undefined): string {
  const by = new Map<string, string[]>();
  for (const network of Array.isArray(networks) ? networks : []) {
    if (!isJsonObject(network) || text(network['proxy']) === '') continue;
    const proxy = text(network['proxy']);
    by.set(proxy, [...by.get(proxy) ?? [], text(network['name'])]);
  }
  return by.size === 0 ? 'n/a' : [...by].map(([proxy, names]) => `${proxy} (${names.join(', ')})`).join(', ');
}

const object = (value: Json | undefined): JsonObject => (isJsonObject(value) ? value : {});
const named = (wallet: string): string => (wallet === '' ? '""' : wallet);

/** Trusted balance by wallet; null where no more than one is open. */
async function walletBalances(session: Session): Promise<[string, string][] | null> {
  const wallets = (await session.call('listwallets', []))['result'];
  if (!Array.isArray(wallets) || wallets.length <= 1) return null;
  const out: [string, string][] = [];
  for (const wallet of wallets) {
    const balances = object((await session.call('getbalances', [], text(wallet)))['result']);
    out.push([text(wallet), text(object(balances['mine'])['trusted'])]);
  }
  return out;
}

/** -getinfo: what there is to know at a glance, from several methods. @throws CliError, ReplyError */
export async function getInfo(session: Session, options: { readonly walletGiven: boolean; readonly color: string; readonly terminal: boolean; readonly unit: string }): Promise<string> {
  const c = colours(options.color, options.terminal);
  const network = object(await session.result('getnetworkinfo', []));
  const chain = object(await session.result('getblockchaininfo', []));
  const wallet = (await session.call('getwalletinfo', []))['result'];
  const balances = (await session.call('getbalances', []))['result'];
  const lines = [
    `${c.blue}Chain: ${text(chain['chain'])}${c.reset}`, `Blocks: ${text(chain['blocks'])}`, `Headers: ${text(chain['headers'])}`,
    `Verification progress: ${progress(Number(text(chain['verificationprogress'])))}`, `Difficulty: ${text(chain['difficulty'])}`, '',
    `${c.green}Network: in ${text(network['connections_in'])}, out ${text(network['connections_out'])}, total ${text(network['connections'])}${c.reset}`,
    `Version: ${text(network['version'])}`, `Time offset (s): ${text(network['timeoffset'])}`, `Proxies: ${proxies(network['networks'])}`,
    `Min tx relay fee rate (${options.unit}/kvB): ${text(network['relayfee'])}`, '',
  ];
  if (isJsonObject(wallet)) {
    lines.push(`${c.magenta}Wallet: ${named(text(wallet['walletname']))}${c.reset}`, `Keypool size: ${text(wallet['keypoolsize'])}`);
    if (wallet['unlocked_until'] !== undefined) lines.push(`Unlocked until: ${text(wallet['unlocked_until'])}`);
  }
  if (isJsonObject(balances)) lines.push(`${c.cyan}Balance:${c.reset} ${text(object(balances['mine'])['trusted'])}`, '');
  const all = options.walletGiven ? null : await walletBalances(session);
  if (all !== null) {
    const width = Math.max(10, ...all.map(([, balance]) => balance.length));
    lines.push(`${c.cyan}Balances${c.reset}`, ...all.map(([name, balance]) => `${balance.padStart(width)} ${named(name)}`), '');
  }
  const warnings = network['warnings'];
  const warning = Array.isArray(warnings) ? (warnings.length === 0 ? '' : stringifyJson(warnings)) : text(warnings);
  lines.push(`${c.yellow}Warnings:${c.reset} ${warning === '' ? '(none)' : warning}`);
  return lines.join('\n');
}
