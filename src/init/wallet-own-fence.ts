import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { configPath } from '../common/config-file.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { dataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { nodeAddress } from '../ipc/address.ts';
import { availableFences } from '../ipc/fence/choose.ts';
import type { Fence, FencePlan } from '../ipc/fence/fence.ts';
import { InitError } from '../util/errors.ts';
import { walletDirectory } from '../wallet/options.ts';
import { realPath } from './outside.ts';
import { roleProgram } from './role-program.ts';
import { DEFAULT_MEMORY_MIB, programFiles, sandboxMode } from './wallet-fence.ts';
import type { WalletSurroundings } from './wallet-surroundings.ts';

/** Tells a process that it runs within a fence, and which. */
const FENCED = 'fenced';
/** What only a node has in its directory. */
const OF_A_NODE: readonly string[] = ['blocks', 'chainstate', '.cookie'];

const isNodes = (dir: string): boolean => OF_A_NODE.some((name) => fs.existsSync(path.join(dir, name)));

/** What the process needs to see: its own data, the program, the node's socket or key. @throws InitError where that would let in a node's files */
function planOf(context: RoleContext, around: WalletSurroundings): FencePlan {
  const { args, netDir } = around;
  const base = realPath(dataDir(args, context.coin.info));
  for (const dir of [base, realPath(netDir)]) {
    if (isNodes(dir)) throw new InitError(`-sandbox: ${dir} is a node's directory: give the wallets a -datadir of their own`);
  }
  const wanted = args.string('ipcconnect') ?? '';
  const address = nodeAddress(wanted, netDir);
  const visible = [configPath(args, base, context.coin.info.confFile), ...(context.ownSpec === null ? [] : [context.ownSpec.file])];
  if (address.kind === 'tcp') visible.push(ipcKeyFile(args, netDir));
  else {
    // The node makes its socket anew at each start: its directory must be seen, and so nothing else may be in it.
    const dir = path.dirname(address.path);
    if (isNodes(dir)) throw new InitError(`-sandbox: ${dir} is the node's own directory: let it listen in one that holds nothing else (coin-node -ipcbind=unix:/run/coin/node.sock)`);
    visible.push(realPath(dir));
  }
  return {
    writable: [...new Set([base, realPath(walletDirectory(args, netDir))])], program: [...programFiles(context), ...visible.filter((file) => file !== '' && fs.existsSync(file))],
    memoryBytes: args.int('sandboxmemory', DEFAULT_MEMORY_MIB) * 1024 * 1024, optionsFromEnvironment: context.oneFile !== null, network: true,
  };
}

/** Runs the program again within a fence, and does as it does. @returns its exit code; null where the fence does not come up */
async function runWithin(fence: Fence, plan: FencePlan, context: RoleContext, args: readonly string[]): Promise<number | null> {
  const program = roleProgram(context, 'wallet', ['wallet']);
  const launch = fence.wrap(fs.realpathSync(process.execPath), [...(program.script === null ? [] : [...process.execArgv, program.script]), ...program.args, ...args, `-${FENCED}=${fence.name}`], plan);
  const feeds = launch.feeds ?? [];
  const extra = new Array<'pipe'>(feeds.length + (launch.tellsPid === true ? 1 : 0)).fill('pipe');
  const child = spawn(launch.command, launch.args, { stdio: ['ignore', 'inherit', 'inherit', 'ignore', ...extra], env: { ...process.env, ...launch.env } });
  let pid = 0;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    // The fence's own process would end what is inside without asking it.
    if (pid !== 0) process.kill(pid, 'SIGTERM');
  };
  for (const [i, bytes] of feeds.entries()) {
    const pipe = child.stdio[4 + i] as Duplex;
    pipe.on('error', () => undefined);
    pipe.end(bytes);
  }
  if (launch.tellsPid === true) {
    let text = '';
    (child.stdio[4 + feeds.length] as Duplex).on('error', () => undefined).on('data', (data: Buffer) => {
      text += data.toString().slice(0, 1000);
      pid = Number(/"child-pid":\s*(\d+)/.exec(text)?.[1] ?? 0);
      if (stopped) stop();
    });
  } else pid = child.pid ?? 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => { if (pid !== 0) process.kill(pid, 'SIGHUP'); });
  const code = await new Promise<number>((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (status, signal) => resolve(status ?? 128 + (signal === null ? 0 : os.constants.signals[signal])));
  });
  return pid === 0 ? null : code;
}

/**
 * An attached wallet process within a fence of its own, where -sandbox asks for one: kept from other files, other processes and
 * new processes. It is left the network, as it connects to the node and may listen for RPC.
 * @returns its exit code; null where this process is to go on itself @throws InitError
 */
export async function runInOwnFence(context: RoleContext, around: WalletSurroundings): Promise<number | null> {
  const { args } = around;
  if (!args.isSet('sandbox') || args.isSet(FENCED)) return null;
  const mode = sandboxMode(args);
  if (mode === 'off') return null;
  for (const name of ['walletnotify', 'signer']) if (args.isSet(name)) throw new InitError(`-sandbox: a fenced wallet process starts no programs: it does not go with -${name}`);
  const plan = planOf(context, around);
  const words = [...context.argv.filter((word) => !/^--?datadir(=|$)/.test(word)), `-datadir=${plan.writable[0] ?? ''}`];
  // The runtime's own permission model would keep it from its sockets on some versions, and does not hold against much.
  for (const fence of availableFences()) {
    if (!fence.strong) continue;
    const code = await runWithin(fence, plan, context, words);
    if (code !== null) return code;
  }
  if (mode === 'require') throw new InitError('-sandbox=require: nothing on this system fences the wallet process in (install bubblewrap).');
  process.stderr.write('Warning: The wallet process is not fenced in: nothing on this system does it (install bubblewrap).\n');
  return null;
}
