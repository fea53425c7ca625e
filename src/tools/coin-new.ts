import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline/promises';
import { executableNames } from '../common/coin-names.ts';
import { builtinCoin, builtinCoinNames } from '../params/builtin-coins.ts';
import { CoinError } from '../util/errors.ts';
import { parseFlags } from './coin-flags.ts';
import { type CoinPlan, defaultPlan, makeCoinSpec, type SearchProgress } from './coin-plan.ts';
import { installNames } from './names.ts';
import { tryNetwork } from './trial-network.ts';

const COIN = 100_000_000;
const BAR_WIDTH = 30;

/** One choice: its flag, its question, and how an answer becomes part of the plan. */
interface Choice {
  readonly flag: string;
  readonly arg: string;
  readonly help: string;
  shown(plan: CoinPlan): string;
  /** The plan with the answer. @throws CoinError where it is none */
  take(plan: CoinPlan, text: string): CoinPlan;
}

function whole(flag: string, text: string, min: number, max: number): number {
  const n = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (n < min || n > max) throw new CoinError('usage', `--${flag}: '${text}' is no whole number from ${min} to ${max}`);
  return n;
}

function numberChoice(flag: string, help: string, key: 'blockTime' | 'halving' | 'port' | 'pubkeyPrefix' | 'scriptPrefix', min: number, max: number): Choice {
  return { flag, arg: 'N', help, shown: (plan) => String(plan[key]), take: (plan, text) => ({ ...plan, [key]: whole(flag, text, min, max) }) };
}

function textChoice(flag: string, arg: string, help: string, key: 'ticker' | 'hrp' | 'message', pattern: RegExp): Choice {
  return {
    flag, arg, help, shown: (plan) => plan[key],
    take: (plan, text) => {
      if (!pattern.test(text)) throw new CoinError('usage', `--${flag}: '${text}' does not have the form ${pattern.source}`);
      return { ...plan, [key]: text };
    },
  };
}

const CHOICES: readonly Choice[] = [
  textChoice('ticker', 'ABC', 'currency unit', 'ticker', /^[A-Z]{2,6}$/),
  numberChoice('block-time', 'seconds between blocks', 'blockTime', 1, 86_400),
  {
    flag: 'reward', arg: 'COINS', help: 'coins that each of the first blocks makes', shown: (plan) => String(plan.reward / COIN),
    take: (plan, text) => {
      const sat = /^\d{1,8}(\.\d{1,8})?$/.test(text) ? Math.round(Number(text) * COIN) : 0;
      if (sat < 1 || sat > 21_000_000 * COIN) throw new CoinError('usage', `--reward: '${text}' is no amount from 0.00000001 to 21000000`);
      return { ...plan, reward: sat };
    },
  },
  numberChoice('halving', 'blocks until the reward is halved', 'halving', 1, 100_000_000),
  numberChoice('port', 'P2P port of main; RPC is one below, test and regtest are 10000 and 20000 further on', 'port', 1026, 45_000),
  numberChoice('pubkey-prefix', 'version byte of addresses of keys', 'pubkeyPrefix', 0, 127),
  numberChoice('script-prefix', 'version byte of addresses of scripts', 'scriptPrefix', 0, 255),
  textChoice('hrp', 'abc', 'beginning of segwit addresses', 'hrp', /^[a-z]{1,20}$/),
  textChoice('message', 'TEXT', 'text in the genesis block', 'message', /^[ -~]{1,75}$/),
];

function usage(): string {
  const rows = CHOICES.map(({ flag, arg, help }) => `  ${`--${flag}=${arg}`.padEnd(22)}${help}`).join('\n');
  return `Usage: coin new NAME [OPTIONS]

Makes a coin: mines its genesis blocks, writes its data file and the names of its programs into a directory, and tries it in a
network of two nodes. What no option says is asked for where there is a terminal, and chosen by the name otherwise.

${rows}
  --dir=DIR             directory for data file and names (default: ./NAME)
  --yes                 ask nothing
  --no-try              leave out the trial
`;
}

function checkName(name: string): void {
  if (!/^[a-z]{2,20}$/.test(name)) throw new CoinError('usage', `'${name}' cannot name a coin: 2 to 20 small letters can.`);
  const taken = new Set(builtinCoinNames().flatMap(executableNames));
  const clash = executableNames(name).find((n) => taken.has(n));
  if (clash !== undefined) throw new CoinError('usage', `'${name}' cannot name a coin: ${clash} is a program of another one.`);
}

function checkPlan(plan: CoinPlan): void {
  if (plan.pubkeyPrefix === plan.scriptPrefix) throw new CoinError('usage', 'addresses of keys and of scripts need different prefixes');
  for (const other of builtinCoinNames()) {
    for (const { bech32Hrp } of builtinCoin(other)?.networks.values() ?? []) {
      if ([plan.hrp, `t${plan.hrp}`, `${plan.hrp}rt`].includes(bech32Hrp)) throw new CoinError('usage', `--hrp: '${plan.hrp}' would make addresses of ${other} (${bech32Hrp})`);
    }
  }
}

/** Asks for what no flag has said. */
async function ask(plan: CoinPlan, said: ReadonlySet<string>): Promise<CoinPlan> {
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  let current = plan;
  try {
    for (const choice of CHOICES) {
      if (said.has(choice.flag)) continue;
      for (let done = false; !done;) {
        const text = (await terminal.question(`${choice.help} [${choice.shown(current)}]: `)).trim();
        try {
          if (text !== '') current = choice.take(current, text);
          done = true;
        } catch (e) {
          if (!(e instanceof CoinError)) throw e;
          process.stdout.write(`${e.message}\n`);
        }
      }
    }
  } finally {
    terminal.close();
  }
  return current;
}

/** A bar on a terminal, one line a genesis block elsewhere. */
function progressBar(): SearchProgress {
  const { isTTY } = process.stdout;
  let started = Date.now();
  return (network, tries, expected, done) => {
    const share = done ? 1 : 1 - Math.exp(-tries / expected);
    const bar = '#'.repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
    const rate = Math.round(tries / Math.max(Date.now() - started, 1));
    const line = `genesis block of ${network.padEnd(7)} [${bar}] ${tries} tries of about ${expected} (${rate} thousand a second)`;
    if (isTTY) process.stdout.write(`\r${line}${done ? '\n' : ''}`);
    else if (done) process.stdout.write(`${line}\n`);
    if (done) started = Date.now();
  };
}

/** `coin new`: from a name to a coin that has been tried. @returns exit code @throws CoinError with the text for the user */
export async function run(argv: readonly string[], scriptPath: string): Promise<number> {
  const { values, words } = parseFlags(argv, [...CHOICES.map((c) => c.flag), 'dir'], ['yes', 'no-try', 'help', 'h', '?']);
  if (['help', 'h', '?'].some((flag) => values.has(flag))) {
    process.stdout.write(usage());
    return 0;
  }
  const [name, stray] = words;
  if (name === undefined || stray !== undefined) throw new CoinError('usage', `coin new takes one name\n\n${usage()}`);
  checkName(name);
  const began = Date.now();
  let plan = defaultPlan(name, Math.floor(began / 1000));
  for (const choice of CHOICES) {
    const text = values.get(choice.flag);
    if (text !== undefined) plan = choice.take(plan, text);
  }
  if (process.stdin.isTTY && process.stdout.isTTY && !values.has('yes')) plan = await ask(plan, new Set(values.keys()));
  checkPlan(plan);
  const dir = path.resolve(values.get('dir') ?? name);
  const file = path.join(dir, `${name}.json`);
  if (fs.existsSync(file)) throw new CoinError('usage', `${file} is there already: a coin is made once. Choose another --dir.`);
  const json = makeCoinSpec(plan, progressBar());
  fs.mkdirSync(dir, { recursive: true });
  fs.writeFileSync(file, json);
  const names = installNames(dir, [{ name, ownSpec: { file, json } }], scriptPath);
  process.stdout.write(`${file} describes ${name}; beside it are ${names.join(', ')}\n`);
  if (!values.has('no-try')) {
    await tryNetwork(dir, name, (text) => { process.stdout.write(`trial: ${text}\n`); });
    process.stdout.write(`${name} works: from nothing to a confirmed payment in ${((Date.now() - began) / 1000).toFixed(1)} seconds\n`);
  }
  process.stdout.write(`Start it by ${path.join(dir, `${name}-node`)} -regtest, and see ${path.join(dir, `${name}-cli`)} -regtest help\n`);
  return 0;
}
