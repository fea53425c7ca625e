import fs from 'node:fs';
import net from 'node:net';
import type { Outside } from '../../ipc-spec/outside.ts';
import { configPath } from '../common/config-file.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { dataDir } from '../common/paths.ts';
import type { RoleContext } from '../common/role.ts';
import { nodeAddress } from '../ipc/address.ts';
import { Connection } from '../ipc/connection.ts';
import { availableFences } from '../ipc/fence/choose.ts';
import type { Fence, FencePlan } from '../ipc/fence/fence.ts';
import { CHILD_FD, type Started, startLaunch } from '../ipc/fence/start.ts';
import { outsideInterface } from '../ipc/generated/outside.ts';
import { CHILD_HELLO_MS } from '../ipc/spawn.ts';
import { InitError } from '../util/errors.ts';
import { type Logger, SILENT } from '../util/logger.ts';
import { DIRECT_FILES, OutsideFiles, type WalletFiles } from '../wallet/files.ts';
import { walletDirectory } from '../wallet/options.ts';
import { isNodesPlace, socketPlace } from './node-place.ts';
import { ProcessOutside, realPath } from './outside.ts';
import { programFiles } from './program-files.ts';
import { roleProgram } from './role-program.ts';
import { sandboxMode } from './sandbox-mode.ts';
import { DEFAULT_MEMORY_MIB } from './wallet-fence.ts';
import { servesHttp, type WalletSurroundings } from './wallet-surroundings.ts';

/** Tells a process that it runs within a fence, and which. */
const FENCED = 'fenced';
/** Between requests to end that one may not have heard. */
const ASK_AGAIN_MS = 500;
/** What the process needs to see: its own data, the program, the node's socket or key. @throws InitError where that would let in a node's files */
function planOf(context: RoleContext, around: WalletSurroundings): FencePlan {
  const { args, netDir } = around;
  const base = realPath(dataDir(args, context.coin.info));
  for (const dir of [base, realPath(netDir)]) {
    if (isNodesPlace(dir)) throw new InitError(`-sandbox: ${dir} is a node's directory: give the wallets a -datadir of their own`);
  }
  const wanted = args.string('ipcconnect') ?? '';
  const address = nodeAddress(wanted, netDir);
  const visible = [configPath(args, base, context.coin.info.confFile), ...(context.ownSpec === null ? [] : [context.ownSpec.file])];
  if (address.kind === 'tcp') visible.push(ipcKeyFile(args, netDir));
  else visible.push(socketPlace(address.path));
  return {
    writable: [...new Set([base, realPath(walletDirectory(args, netDir))])], program: [...programFiles(context), ...visible.filter((file) => file !== '' && fs.existsSync(file))],
    memoryBytes: args.int('sandboxmemory', DEFAULT_MEMORY_MIB) * 1024 * 1024, optionsFromEnvironment: context.oneFile !== null,
    network: address.kind === 'tcp' || servesHttp(args) ? 'all' : 'local',
  };
}

/** Runs the program again within a fence, and does as it does. @returns its exit code; null where the fence does not come up */
async function runWithin(fence: Fence, plan: FencePlan, context: RoleContext, args: readonly string[]): Promise<number | null> {
  const program = roleProgram(context, 'wallet', ['wallet']);
  const words = [...(program.script === null ? [] : [...process.execArgv, program.script]), ...program.args, ...args, `-${FENCED}=${fence.name}`];
  let begun: Started | null = null;
  let again: NodeJS.Timeout | null = null;
  const stop = (): void => {
    begun?.signal('SIGTERM');
    // The first process of a name space hears nothing before it has begun to listen.
    again ??= setInterval(() => begun?.signal('SIGTERM'), ASK_AGAIN_MS);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => begun?.signal('SIGHUP'));
  const started = startLaunch(fence.wrap(fs.realpathSync(process.execPath), words, plan), { fenced: true, errors: 'inherit' });
  begun = started;
  const socket = started.child.stdio[CHILD_FD];
  if (!(socket instanceof net.Socket)) return null;
  // Locks that others see are names in the network, which the process may not have.
  const coin = context.coin.info.name;
  const outside = new ProcessOutside(plan.writable, { notify: () => undefined, signers: () => Promise.resolve(null) });
  const connection = new Connection(socket, { self: `${coin}-wallet (outside)`, peer: `${coin}-wallet`, init: outside, initInterface: outsideInterface, limits: { helloMs: CHILD_HELLO_MS } }, { log: SILENT });
  const { code } = await started.ended;
  if (again !== null) clearInterval(again);
  connection.close();
  return started.isUp ? code : null;
}

/** In the fence: files as the process finds them, and locks that hold outside, too. Ends with the one who keeps the locks. */
export function filesWithinFence(context: RoleContext, modules: { readonly log: Logger; readonly shutdown: () => void }): { readonly files: WalletFiles; close(): void } {
  const { log, shutdown } = modules;
  const coin = context.coin.info.name;
  const socket = new net.Socket({ fd: CHILD_FD, readable: true, writable: true });
  const connection = new Connection(socket, { self: `${coin}-wallet`, peer: `${coin}-wallet (outside)`, init: null, initInterface: outsideInterface, limits: { helloMs: CHILD_HELLO_MS } }, { log });
  connection.onClosed(shutdown);
  const outside = new OutsideFiles({ outside: connection.peerObject() as Outside, log });
  return { files: { ...DIRECT_FILES, lock: (file) => outside.lock(file) }, close: () => connection.close() };
}

/**
 * An attached wallet process within a fence of its own, where -sandbox asks for one: kept from other files, other processes and
 * new processes, and from the network, unless it connects to the node by it or listens for RPC.
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
