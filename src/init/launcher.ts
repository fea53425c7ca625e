import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { LaunchedProcess } from '../../ipc-spec/launcher.ts';
import type { RoleContext } from '../common/role.ts';
import { availableFences } from '../ipc/fence/choose.ts';
import type { Fence, Launch } from '../ipc/fence/fence.ts';
import { CHILD_FD, type Ending, furtherFd, type Started, startLaunch } from '../ipc/fence/start.ts';
import { ExternalSigners } from '../node/external-signers.ts';
import { Clock } from '../util/clock.ts';
import { InitError } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';
import { walletDirectory, walletDirFault } from '../wallet/options.ts';
import { refuseCommandPlaces } from './command-places.ts';
import { LAUNCHER_DOOR, LAUNCHER_INTERFACES, launcherConnection, launcherLimits } from './launcher-link.ts';
import { LauncherService } from './launcher-service.ts';
import { nodePlan, refuseUnfenced } from './node-fence-plan.ts';
import { NotificationService } from './notification-service.ts';
import { roleProgram } from './role-program.ts';
import type { Surroundings } from './startup.ts';
import { COMMAND_OPTIONS, userCommands } from './user-commands.ts';
import { WalletFence } from './wallet-fence.ts';

/** A node that does not end although it has let go of us is ended. */
const END_TIMEOUT_MS = 60_000;

/** A fence that the kernel holds. @throws InitError where there is none */
export function strongFence(): Fence {
  const fence = availableFences().find(({ strong }) => strong);
  if (fence === undefined) throw noFence();
  return fence;
}

/** Nothing, or nothing that works. */
export function noFence(): InitError {
  return new InitError('-sandbox=all: nothing on this system fences processes in (install bubblewrap).');
}

/** Words for the runtime to run another role of this program. */
export function runtimeWords(context: RoleContext, role: 'node' | 'wallet' | 'gui', argv: readonly string[]): string[] {
  const { ownSpec } = context;
  const spec = role !== 'node' || ownSpec === null || context.argv.some((word) => /^--?coinspec=/.test(word)) ? [] : [`-coinspec=${ownSpec.file}`];
  const program = roleProgram(context, role, role === 'wallet' ? ['wallet'] : ['-m', role, ...spec]);
  return [...(program.script === null ? [] : [...process.execArgv, program.script]), ...program.args, ...argv];
}

/** A socket in a directory of its own, until the one who may use it has. */
class Door {
  readonly file: string;
  private readonly dir: string;
  private readonly server: net.Server;

  constructor(admit: (socket: net.Socket) => void) {
    this.dir = fs.mkdtempSync(path.join(os.tmpdir(), 'coin-'));
    this.file = path.join(this.dir, 'door');
    // Connections are passed on: nothing of them may be read here.
    this.server = net.createServer({ pauseOnConnect: true }, admit);
  }

  open(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ path: this.file, exclusive: true }, () => resolve());
    });
  }

  /** From now on it is found only in the fence that has it already. */
  hide(): void { fs.rmSync(this.dir, { recursive: true, force: true }); }

  close(): void {
    this.hide();
    this.server.close();
  }
}

/** A node that was started within a fence. */
export interface FencedNode {
  readonly started: Started;
  /** Our end of its connection to a user interface, which is to be passed on before anything is read of it; null where it has none. */
  readonly toPage: net.Socket | null;
  /** Tells it to end. */
  stop(): void;
  /** Waits until it has ended, and its wallet process. @throws InitError where its fence did not come up */
  finished(): Promise<Ending>;
}

/** What else there is besides the node. */
export interface Beside {
  readonly fence: Fence;
  readonly clock: Clock;
  /** Whether a user interface is connected to the node. */
  readonly page: boolean;
  readonly others: () => readonly LaunchedProcess[];
}

/** Starts the node, and for it, when it says so, the wallet process, each within its fence. @throws InitError */
export async function startNode(context: RoleContext, around: Surroundings, { fence, clock, page, others }: Beside): Promise<FencedNode> {
  const { args, netDir, params } = around;
  const coin = params.coin.name;
  const runtime = fs.realpathSync(process.execPath);
  refuseUnfenced(around);
  const fault = args.isSet('walletdir') ? walletDirFault(walletDirectory(args, netDir)) : null;
  if (fault !== null) throw new InitError(fault);
  const named = [args.commandLineValues().get('wallet') ?? [], args.configSection('', 'wallet'), args.configSection(args.chainName(), 'wallet')].flat().filter((name) => typeof name === 'string');
  const walletFence = new WalletFence({ args, netDir, mode: 'require', context, named }, { log: SILENT, programs: { notify: () => Promise.resolve([]), signers: () => Promise.resolve(null) } });
  const stopping = new AbortController();
  const signers = new ExternalSigners({ command: args.string('signer') ?? '', chain: params.network }, { stop: stopping.signal });
  let pid = (): number => 0;
  const service = new LauncherService({
    info: () => ({ launcherPid: process.pid, pid: pid(), sandbox: fence.name, walletDirs: [...walletFence.directories] }),
    roles: { launcher: `${coin}-launcher`, wallet: `${coin}-wallet` },
  }, {
    clock, locks: walletFence.outside, others, signers: () => signers.list(),
    notifications: new NotificationService(userCommands(args), { isWallet: (name) => walletFence.holds(name) }),
    startWallet: (socket) => startLaunch(fence.wrap(runtime, runtimeWords(context, 'wallet', [`-ipcfd=${CHILD_FD}`]), walletFence.plan()), { fenced: true, errors: 'inherit', socket }),
  });
  const door = new Door((socket) => service.admit(socket));
  try {
    await door.open();
    const plan = nodePlan(context, around, { walletDirs: walletFence.directories, door: { outside: door.file, inside: LAUNCHER_DOOR } });
    // The user's programs are run outside: nothing of what they are told to use may be in a fenced process's hands.
    const writable = [...plan.writable, ...walletFence.directories];
    for (const option of [...COMMAND_OPTIONS, 'signer']) for (const command of args.strings(option)) refuseCommandPlaces(option, command, writable);
    const launch = (fd: readonly string[]): Launch => fence.wrap(runtime, runtimeWords(context, 'node', [...context.argv, ...fd, `-fenced=${fence.name}`]), plan);
    const fd = furtherFd(launch([]));
    const started = startLaunch(launch(page ? [`-ipcfd=${fd}`] : []), { fenced: true, errors: 'inherit', ...(page ? { further: 'pipe' } : {}) });
    pid = () => started.pid;
    const [socket, toPage] = [started.child.stdio[CHILD_FD], page ? started.child.stdio[fd] : null];
    if (!(socket instanceof net.Socket) || (page && !(toPage instanceof net.Socket))) throw new InitError(`${coin}-node does not start: ${(await started.ended).how}`);
    const connection = launcherConnection(socket, { self: `${coin}-launcher`, peer: `${coin}-node`, init: service, interfaces: LAUNCHER_INTERFACES, limits: launcherLimits(args.isSet('signer')) }, { log: SILENT });
    void connection.ready().then(() => door.hide());
    connection.onClosed(() => setTimeout(() => started.child.kill('SIGKILL'), END_TIMEOUT_MS).unref());
    return {
      started, toPage: toPage instanceof net.Socket ? toPage : null, stop: () => service.stop(),
      finished: async () => {
        const ending = await started.ended;
        stopping.abort();
        door.close();
        await service.close();
        if (!started.isUp) throw noFence();
        return ending;
      },
    };
  } catch (e) {
    door.close();
    throw e;
  }
}

/**
 * -sandbox=all: starts the node, and for it the wallet process, each within its fence, and stays outside of both. It works on nothing itself.
 * @returns the node's exit code @throws InitError
 */
export async function launch(context: RoleContext, around: Surroundings): Promise<number> {
  process.title = `${around.params.coin.name}-launcher`;
  let node: FencedNode | null = null;
  let stopped = false;
  const stop = (): void => {
    stopped = true;
    node?.stop();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  process.on('SIGHUP', () => node?.started.signal('SIGHUP'));
  node = await startNode(context, around, { fence: strongFence(), clock: new Clock(), page: false, others: () => [] });
  if (stopped) node.stop();
  return (await node.finished()).code;
}
