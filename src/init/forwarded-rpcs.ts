import type { JsonText, RpcCall, RpcCommand } from '../../ipc-spec/types.ts';
import type { RpcServer } from '../rpc/server.ts';
import { Disconnected } from '../util/errors.ts';
import type { WalletHost } from './wallet-host.ts';

type Actor = (call: RpcCall) => Promise<JsonText>;

/** Methods after which other wallets may be open than before. */
const CHANGE_OPEN_WALLETS: ReadonlySet<string> = new Set(['createwallet', 'loadwallet', 'unloadwallet', 'restorewallet', 'migratewallet']);

/** RPC methods that the wallets answer. Their names stay when the wallet process goes; its successor answers them again. */
export class ForwardedRpcs {
  private readonly server: RpcServer;
  private readonly host: () => WalletHost | null;
  private readonly actors = new Map<string, Actor>();

  constructor(modules: { readonly server: RpcServer; readonly host: () => WalletHost | null }) {
    this.server = modules.server;
    this.host = modules.host;
  }

  /** Adds a method; the function returned takes it out again, unless a successor has added it anew. */
  register(command: RpcCommand, actor: Actor): () => void {
    const { name } = command;
    this.actors.set(name, actor);
    const remove = this.server.forward({
      name, category: command.category, args: command.args,
      call: async (params, caller, mode) => {
        const host = this.host();
        await host?.available();
        const answer = this.actors.get(name) ?? actor;
        try {
          return await answer({ method: name, params, uri: caller.uri, authUser: caller.user, peerAddress: caller.peerAddress, mode });
        } catch (e) {
          if (e instanceof Disconnected && host !== null) throw host.gone();
          throw e;
        } finally {
          if (mode === 'execute' && CHANGE_OPEN_WALLETS.has(name)) await host?.walletsChanged();
        }
      },
    });
    return () => {
      if (this.actors.get(name) !== actor) return;
      this.actors.delete(name);
      remove();
    };
  }
}
