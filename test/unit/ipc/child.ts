import type { Chain } from '../../../ipc-spec/chain.ts';
import type { Echo } from '../../../ipc-spec/echo.ts';
import type { Init, ProcessConfig } from '../../../ipc-spec/init.ts';
import type { LogSink } from '../../../ipc-spec/log-sink.ts';
import { RemoteLogger } from '../../../src/ipc/remote-logger.ts';
import { serveInherited } from '../../../src/ipc/spawn.ts';

const log = new RemoteLogger();

/** A child as the wallet is one: logs into its parent's log. */
class ChildInit implements Init {
  configure(config: ProcessConfig, sink: LogSink): Promise<void> {
    log.connect(sink, { categories: config.logCategories, trace: config.logTrace });
    return Promise.resolve();
  }

  makeEcho(): Promise<Echo> {
    return Promise.resolve({
      echo: (text: string): Promise<string> => {
        log.info(`echoing ${text}`);
        if (text === 'die') process.kill(process.pid, 'SIGKILL');
        return Promise.resolve(text);
      },
    });
  }

  makeChain(): Promise<null> { return Promise.resolve(null); }
  makeWalletLoader(_chain: Chain): Promise<null> { return Promise.resolve(null); }
  makeRpc(): Promise<null> { return Promise.resolve(null); }
  makeNode(): Promise<null> { return Promise.resolve(null); }
  makeMining(): Promise<null> { return Promise.resolve(null); }
}

const fd = Number(process.argv.find((a) => a.startsWith('-ipcfd='))?.slice('-ipcfd='.length));
const connection = serveInherited(fd, { self: 'coin-wallet', peer: 'coin-node', init: new ChildInit() }, { log });
connection.beforeSend = (): void => log.flush();
connection.onClosed(() => process.exit(0));
