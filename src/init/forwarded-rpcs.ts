import type { JsonText, RpcCall, RpcCommand } from '../../ipc-spec/types.ts';
import type { RpcServer } from '../rpc/server.ts';
import { Disconnected } from '../util/errors.ts';
import { toPositional } from '../rpc/arguments.ts';
import { parseJson } from '../util/json.ts';
import type { FileUse } from './outside.ts';
import type { WalletHost } from './wallet-host.ts';

type Actor = (call: RpcCall) => Promise<JsonText>;

/** Methods after which other wallets may be open than before. */
const CHANGE_OPEN_WALLETS: ReadonlySet<string> = new Set(['createwallet', 'loadwallet', 'unloadwallet', 'restorewallet', 'migratewallet']);

/** Arguments that name a wallet, which may lie anywhere. */
const NAMES_WALLET: Readonly<Record<string, string>> = { createwallet: 'wallet_name', loadwallet: 'filename', restorewallet: 'wallet_name', migratewallet: 'wallet_name' };
/** Arguments that name another file. */
const NAMES_FILE: Readonly<Record<string, readonly [string, FileUse]>> = { backupwallet: ['destination', 'write'], restorewallet: ['backup_file', 'read'] };

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
        const done = mode === 'execute' && host !== null ? await openUp(host, command, params) : NOTHING_GRANTED;
        const answer = this.actors.get(name) ?? actor;
        try {
          return await answer({ method: name, params, uri: caller.uri, authUser: caller.user, peerAddress: caller.peerAddress, mode });
        } catch (e) {
          if (e instanceof Disconnected && host !== null) throw host.gone();
          throw e;
        } finally {
          done();
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

const NOTHING_GRANTED = (): void => undefined;

/** Lets fenced wallets have what the arguments of a call name. The function returned takes files back. */
async function openUp(host: WalletHost, command: RpcCommand, params: JsonText): Promise<() => void> {
  const { name } = command;
  const walletArgument = NAMES_WALLET[name];
  const fileArgument = NAMES_FILE[name];
  if (walletArgument === undefined && fileArgument === undefined) return NOTHING_GRANTED;
  const positional = toPositional(parseJson(params), command.args);
  const text = (argument: string): string | null => {
    const value = positional[command.args.findIndex(({ names }) => names === argument)];
    return typeof value === 'string' ? value : null;
  };
  const wallet = walletArgument === undefined ? null : text(walletArgument);
  if (wallet !== null) await host.admit(wallet);
  const file = fileArgument === undefined ? null : text(fileArgument[0]);
  return file === null || fileArgument === undefined ? NOTHING_GRANTED : host.grant(file, fileArgument[1]);
}
