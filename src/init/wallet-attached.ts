import path from 'node:path';
import { HELP_HEADINGS, optionsHelp } from '../common/help-text.ts';
import { ipcKeyFile } from '../common/ipc-key.ts';
import { Logging } from '../common/logging.ts';
import type { RoleContext } from '../common/role.ts';
import { licenseText, versionText } from '../common/version.ts';
import { nodeAddress } from '../ipc/address.ts';
import { ExternalSigners } from '../node/external-signers.ts';
import { writeSynchronously } from '../store/synchronous-writes.ts';
import { Clock } from '../util/clock.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { attendNode } from './attend.ts';
import { filesWithinFence, runInOwnFence } from './wallet-own-fence.ts';
import { WalletServer } from './wallet-server.ts';
import { WalletSession } from './wallet-session.ts';
import { ATTACHED_OPTIONS, readWalletConfiguration, servesHttp, type WalletSurroundings } from './wallet-surroundings.ts';

/** Works for one node after the other, that is: for the same one whenever it is there. Ends when `stop` says so. @throws CoinError where it cannot begin */
async function serve(
  around: WalletSurroundings & { readonly logFile: string }, context: RoleContext, modules: { readonly log: Logging; readonly shutdown: () => void }, stop: AbortSignal,
): Promise<void> {
  const { args, netDir, logFile } = around;
  const { log, shutdown } = modules;
  const clock = new Clock();
  const wanted = args.string('ipcconnect') ?? '';
  const address = nodeAddress(wanted, netDir);
  const isFenced = args.isSet('fenced');
  if (isFenced) {
    const least = `This process is fenced in by ${args.string('fenced') ?? ''}: it is kept from other files, other processes and new processes`;
    const used = [...(address.kind === 'tcp' ? [address.text] : []), ...(servesHttp(args) ? ['the ports on which it listens for RPC'] : [])];
    log.info(used.length === 0 ? `${least}, and from the network.` : `${least}. Of the network it uses ${used.join(', and ')}.`);
  }
  const server = servesHttp(args) ? await WalletServer.open({ ...around, logFile }, { log, clock, shutdown }) : null;
  const signers = new ExternalSigners({ command: args.string('signer') ?? '', chain: around.params.network }, { stop });
  const within = isFenced ? filesWithinFence(context, around, { log, shutdown }) : null;
  const session = new WalletSession({ ...around, address, name: context.coin.info.name, keyFile: ipcKeyFile(args, netDir) }, {
    log, clock, server, signers: () => signers.list(), ...(within === null ? {} : { files: within.files, signers: within.signers }),
  });
  try {
    await attendNode(session, address, { log, clock }, stop);
  } finally {
    await server?.close();
    await session.close();
    await within?.close();
  }
}

/** coin-wallet -ipcconnect=<address>: wallets in a process that its user starts, for a node that runs by itself. @returns exit code */
export async function run(context: RoleContext): Promise<number> {
  process.umask(0o077);
  const coin = context.coin.info;
  const stop = new AbortController();
  let log: Logging | null = null;
  try {
    const around = readWalletConfiguration(context);
    if ('info' in around) {
      process.stdout.write(`${coin.clientName} ${context.exeName} version ${versionText(coin)}\n`
        + (around.info === 'version' ? licenseText(coin) : `\nUsage: ${context.exeName} -ipcconnect=<address> [options]\n\n${optionsHelp(ATTACHED_OPTIONS, HELP_HEADINGS, false)}`));
      return 0;
    }
    const fenced = await runInOwnFence(context, around);
    if (fenced !== null) return fenced;
    writeSynchronously();
    process.title = `${coin.name}-wallet`;
    log = new Logging({ threadName: 'main' }, { clock: new Clock() });
    log.configure(around.args);
    // A configuration file may be the node's, whose log this is not.
    const logFile = path.resolve(around.netDir, (around.args.commandLineValues().has('debuglogfile') ? around.args.string('debuglogfile') : undefined) ?? 'wallet.log');
    log.open(logFile, around.args.bool('printtoconsole', true), around.args.bool('shrinkdebugfile', !log.anyCategory));
    log.info(`${coin.clientName} wallet version ${versionText(coin)}`);
    const own = log;
    process.on('SIGHUP', () => own.reopen());
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());
    await serve({ ...around, logFile }, context, { log, shutdown: () => stop.abort() }, stop.signal);
    log.info('Shutdown done');
    return 0;
  } catch (e) {
    const text = e instanceof Error && !(e instanceof CoinError) && process.env['NODE_DEBUG'] !== undefined ? e.stack ?? e.message : errorText(e);
    log?.error(text);
    process.stderr.write(`Error: ${text}\n`);
    return 1;
  } finally {
    log?.close();
  }
}
