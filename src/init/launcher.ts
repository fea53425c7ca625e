import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { RoleContext } from '../common/role.ts';
import { Connection } from '../ipc/connection.ts';
import { availableFences } from '../ipc/fence/choose.ts';
import type { Fence } from '../ipc/fence/fence.ts';
import { CHILD_FD, type Started, startLaunch } from '../ipc/fence/start.ts';
import { handlerInterface } from '../ipc/generated/handler.ts';
import { launcherInterface } from '../ipc/generated/launcher.ts';
import { CHILD_HELLO_MS } from '../ipc/spawn.ts';
import { Clock } from '../util/clock.ts';
import { InitError } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';
import { LAUNCHER_DOOR, LAUNCHER_LIMITS } from './launcher-link.ts';
import { LauncherService } from './launcher-service.ts';
import { nodePlan, refuseUnfenced } from './node-fence-plan.ts';
import { roleProgram } from './role-program.ts';
import type { Surroundings } from './startup.ts';
import { WalletFence } from './wallet-fence.ts';

/** A node that does not end although it has let go of us is ended. */
const END_TIMEOUT_MS = 60_000;

/** A fence that the kernel holds. @throws InitError where there is none */
function strongFence(): Fence {
  const fence = availableFences().find(({ strong }) => strong);
  if (fence === undefined) throw new InitError('-sandbox=all: nothing on this system fences processes in (install bubblewrap).');
  return fence;
}

/** Words for the runtime to run another role of this program. */
function words(context: RoleContext, role: 'node' | 'wallet', argv: readonly string[]): string[] {
  const { ownSpec } = context;
  const spec = role === 'wallet' || ownSpec === null || context.argv.some((word) => /^--?coinspec=/.test(word)) ? [] : [`-coinspec=${ownSpec.file}`];
  const program = roleProgram(context, role, role === 'node' ? ['-m', 'node', ...spec] : ['wallet']);
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

/**
 * -sandbox=all: starts the node, and for it the wallet process, each within its fence, and stays outside of both. It works on nothing itself.
 * @returns the node's exit code @throws InitError
 */
export async function launch(context: RoleContext, around: Surroundings): Promise<number> {
  const { args, netDir, params } = around;
  const coin = params.coin.name;
  refuseUnfenced(around);
  const fence = strongFence();
  const named = [args.commandLineValues().get('wallet') ?? [], args.configSection('', 'wallet'), args.configSection(args.chainName(), 'wallet')].flat().filter((name) => typeof name === 'string');
  const walletFence = new WalletFence({ args, netDir, mode: 'require', context, named }, { log: SILENT, signers: () => Promise.resolve(null) });
  const clock = new Clock();
  let node: Started | null = null;
  const service = new LauncherService({
    info: () => ({ launcherPid: process.pid, pid: node?.pid ?? 0, sandbox: fence.name, walletDirs: [...walletFence.directories] }),
    roles: { launcher: `${coin}-launcher`, wallet: `${coin}-wallet` },
  }, {
    clock, locks: walletFence.outside, others: () => [],
    startWallet: (socket) => startLaunch(fence.wrap(fs.realpathSync(process.execPath), words(context, 'wallet', [`-ipcfd=${CHILD_FD}`]), walletFence.plan()), { fenced: true, errors: 'inherit', socket }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => service.stop());
  process.on('SIGHUP', () => node?.signal('SIGHUP'));
  const door = new Door((socket) => service.admit(socket));
  try {
    await door.open();
    const plan = nodePlan(context, around, { walletDirs: walletFence.directories, hidden: [], door: { outside: door.file, inside: LAUNCHER_DOOR } });
    node = startLaunch(fence.wrap(fs.realpathSync(process.execPath), words(context, 'node', [...context.argv, `-fenced=${fence.name}`]), plan), { fenced: true, errors: 'inherit' });
    const started = node;
    const socket = started.child.stdio[CHILD_FD];
    if (!(socket instanceof net.Socket)) throw new InitError(`${coin}-node does not start: ${(await started.ended).how}`);
    process.title = `${coin}-launcher`;
    const connection = new Connection(socket, {
      self: `${coin}-launcher`, peer: `${coin}-node`, init: service, initInterface: launcherInterface, interfaces: [launcherInterface, handlerInterface], limits: { ...LAUNCHER_LIMITS, helloMs: CHILD_HELLO_MS },
    }, { log: SILENT });
    void connection.ready().then(() => door.hide());
    connection.onClosed(() => setTimeout(() => started.child.kill('SIGKILL'), END_TIMEOUT_MS).unref());
    const { code } = await started.ended;
    if (!started.isUp) throw new InitError('-sandbox=all: nothing on this system fences processes in (install bubblewrap).');
    await service.close();
    return code;
  } finally {
    door.close();
  }
}
