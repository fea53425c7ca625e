import fs from 'node:fs';
import net from 'node:net';
import type { Outside } from '../../ipc-spec/outside.ts';
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
import { ExternalSigners } from '../node/external-signers.ts';
import { InitError } from '../util/errors.ts';
import { type Logger, SILENT } from '../util/logger.ts';
import type { FindSigners } from '../wallet/external-signer.ts';
import { DIRECT_FILES, OutsideFiles, type WalletFiles } from '../wallet/files.ts';
import { walletDirectory } from '../wallet/options.ts';
import { refuseCommandPlaces } from './command-places.ts';
import { configurationFiles } from './node-fence-plan.ts';
import { isNodesPlace, socketPlace } from './node-place.ts';
import { MOST_COMMANDS, NotificationService } from './notification-service.ts';
import { type CommandRunner, Notifier } from './notifier.ts';
import { ProcessOutside, realPath, type UserPrograms } from './outside.ts';
import { programFiles } from './program-files.ts';
import { roleProgram } from './role-program.ts';
import { sandboxMode } from './sandbox-mode.ts';
import { NO_COMMANDS, walletCommandOption } from './user-commands.ts';
import { DEFAULT_MEMORY_MIB, isWalletIn } from './wallet-fence.ts';
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
  const writable = [...new Set([base, realPath(walletDirectory(args, netDir))])];
  const config = configurationFiles(context, { args, baseDir: base }, writable);
  const visible = [...config.elsewhere, ...(context.ownSpec === null ? [] : [context.ownSpec.file])];
  if (address.kind === 'tcp') visible.push(ipcKeyFile(args, netDir));
  else visible.push(socketPlace(address.path));
  return {
    writable, readOnly: config.within, program: [...programFiles(context), ...visible.filter((file) => file !== '' && fs.existsSync(file))],
    memoryBytes: args.int('sandboxmemory', DEFAULT_MEMORY_MIB) * 1024 * 1024, optionsFromEnvironment: context.oneFile !== null,
    network: address.kind === 'tcp' || servesHttp(args) ? 'all' : 'local',
  };
}

/** What the one outside runs for the process in the fence, as the user has named it. */
function programsOutside({ args, netDir, params }: WalletSurroundings, plan: FencePlan, stop: AbortSignal): UserPrograms {
  const walletDir = walletDirectory(args, netDir);
  const notifications = new NotificationService({ ...NO_COMMANDS, wallet: walletCommandOption(args) }, { isWallet: (name) => isWalletIn(plan.writable, walletDir, name) });
  const signers = new ExternalSigners({ command: args.string('signer') ?? '', chain: params.network }, { stop });
  return { notify: (event) => notifications.notify({ kind: 'wallet', ...event }), signers: () => signers.list() };
}

/** Runs the program again within a fence, and does as it does. @returns its exit code; null where the fence does not come up */
async function runWithin(fence: Fence, plan: FencePlan, context: RoleContext, { args, programs }: { readonly args: readonly string[]; readonly programs: UserPrograms }): Promise<number | null> {
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
  const outside = new ProcessOutside(plan.writable, programs);
  const connection = new Connection(socket, { self: `${coin}-wallet (outside)`, peer: `${coin}-wallet`, init: outside, initInterface: outsideInterface, limits: { helloMs: CHILD_HELLO_MS } }, { log: SILENT });
  const { code } = await started.ended;
  if (again !== null) clearInterval(again);
  connection.close();
  return started.isUp ? code : null;
}

/** In the fence: files as the process finds them, locks that hold outside, too, and programs that are run there. Ends with the one who keeps the locks. */
export function filesWithinFence(
  context: RoleContext, { args }: WalletSurroundings, modules: { readonly log: Logger; readonly shutdown: () => void },
): { readonly files: WalletFiles; readonly signers: FindSigners; close(): Promise<void> } {
  const { log, shutdown } = modules;
  const coin = context.coin.info.name;
  const socket = new net.Socket({ fd: CHILD_FD, readable: true, writable: true });
  const connection = new Connection(socket, { self: `${coin}-wallet`, peer: `${coin}-wallet (outside)`, init: null, initInterface: outsideInterface, limits: { helloMs: CHILD_HELLO_MS } }, { log });
  connection.onClosed(shutdown);
  const peer = connection.peerObject() as Outside;
  const outside = new OutsideFiles({ outside: peer, log });
  const runner: CommandRunner = {
    notify: async (what) => (what.kind === 'wallet' ? peer.notifyWallet(what.txid, what.block, what.height, what.wallet) : []), most: MOST_COMMANDS,
  };
  const notifier = new Notifier({ ...NO_COMMANDS, wallet: walletCommandOption(args) }, { runner, log: () => log });
  return {
    files: { ...DIRECT_FILES, lock: (file) => outside.lock(file), notify: (_command, event) => notifier.tell({ kind: 'wallet', ...event }) }, signers: () => peer.externalSigners(),
    close: async () => {
      await notifier.close();
      connection.close();
    },
  };
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
  const plan = planOf(context, around);
  for (const option of ['walletnotify', 'signer']) for (const command of args.strings(option)) refuseCommandPlaces(option, command, plan.writable);
  const stopping = new AbortController();
  const programs = programsOutside(around, plan, stopping.signal);
  const words = [...context.argv.filter((word) => !/^--?datadir(=|$)/.test(word)), `-datadir=${plan.writable[0] ?? ''}`];
  // The runtime's own permission model would keep it from its sockets on some versions, and does not hold against much.
  for (const fence of availableFences()) {
    if (!fence.strong) continue;
    const code = await runWithin(fence, plan, context, { args: words, programs });
    if (code === null) continue;
    stopping.abort();
    return code;
  }
  if (mode === 'require') throw new InitError('-sandbox=require: nothing on this system fences the wallet process in (install bubblewrap).');
  process.stderr.write('Warning: The wallet process is not fenced in: nothing on this system does it (install bubblewrap).\n');
  return null;
}
