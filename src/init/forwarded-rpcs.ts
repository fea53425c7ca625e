import type { JsonText, RpcCall, RpcCommand } from '../../ipc-spec/types.ts';
import { toPositional } from '../rpc/arguments.ts';
import { RPC } from '../rpc/errors.ts';
import type { RpcCaller, RpcServer } from '../rpc/server.ts';
import { walletNameOfUri } from '../rpc/wallet-uri.ts';
import { CoinError, Disconnected, RpcError } from '../util/errors.ts';
import { parseJson } from '../util/json.ts';
import type { FileUse } from './outside.ts';
import type { WalletHost } from './wallet-host.ts';

type Actor = (call: RpcCall) => Promise<JsonText>;

/** Methods after which other wallets may be open than before. */
const CHANGE_OPEN_WALLETS: ReadonlySet<string> = new Set(['createwallet', 'loadwallet', 'unloadwallet', 'restorewallet', 'migratewallet']);

/** Arguments that name a wallet, which may lie anywhere. */
const NAMES_WALLET: Readonly<Record<string, string>> = { createwallet: 'wallet_name', loadwallet: 'filename', restorewallet: 'wallet_name' };
/** Arguments that name another file. */
const NAMES_FILE: Readonly<Record<string, readonly [string, FileUse]>> = { backupwallet: ['destination', 'write'], exportwatchonlywallet: ['destination', 'write'], restorewallet: ['backup_file', 'read'] };

/** One process that answers a method. */
interface Answerer {
  readonly actor: Actor;
  /** Who keeps the process; null where it keeps itself. */
  readonly host: WalletHost | null;
}

/**
 * RPC methods that the wallets answer. The names of those whose process the node keeps stay when it goes: its successor answers
 * them again. Others may attach themselves beside it; a wallet that the first does not know is asked of the next.
 */
export class ForwardedRpcs {
  private readonly server: RpcServer;
  private readonly host: () => WalletHost | null;
  private readonly methods = new Map<string, { answerers: Answerer[]; readonly remove: () => void }>();

  constructor(modules: { readonly server: RpcServer; readonly host: () => WalletHost | null }) {
    this.server = modules.server;
    this.host = modules.host;
  }

  /** Adds a method of the wallets that the node keeps; the function returned takes it out again, unless a successor has added it anew. */
  register(command: RpcCommand, actor: Actor): () => void {
    return this.add(command, { actor, host: this.host() });
  }

  /** Adds a method of wallets that have attached themselves. @throws CoinError where the node answers it itself */
  registerAttached(command: RpcCommand, actor: Actor): () => void {
    return this.add(command, { actor, host: null });
  }

  private add(command: RpcCommand, answerer: Answerer): () => void {
    const { name } = command;
    let method = this.methods.get(name);
    if (method === undefined) {
      if (answerer.host === null && this.server.has(name)) throw new CoinError('denied', `The node answers ${name} itself`);
      const answerers: Answerer[] = [];
      method = { answerers, remove: this.server.forward({ name, category: command.category, args: command.args, call: (params, caller, mode) => this.call(command, params, caller, mode) }) };
      this.methods.set(name, method);
    }
    const { answerers, remove } = method;
    // The node's own come first, and a successor takes the place of the one before.
    if (answerer.host === null) answerers.push(answerer);
    else answerers.splice(0, (answerers[0]?.host ?? null) === null ? 0 : 1, answerer);
    return () => {
      const at = answerers.indexOf(answerer);
      if (at < 0) return;
      answerers.splice(at, 1);
      if (answerers.length > 0) return;
      this.methods.delete(name);
      remove();
    };
  }

  private async call(command: RpcCommand, params: JsonText, caller: RpcCaller, mode: RpcCall['mode']): Promise<JsonText> {
    const { name } = command;
    const first = this.methods.get(name)?.answerers[0]?.host ?? null;
    await first?.available();
    const done = mode === 'execute' && first !== null ? await openUp(first, command, params, caller.uri) : NOTHING_GRANTED;
    try {
      const call: RpcCall = { method: name, params, uri: caller.uri, authUser: caller.user, peerAddress: caller.peerAddress, mode };
      // Whom to ask is known only now: a successor may have come meanwhile.
      return await askInTurn([...this.methods.get(name)?.answerers ?? []], call);
    } finally {
      done();
      if (mode === 'execute' && CHANGE_OPEN_WALLETS.has(name)) await first?.walletsChanged();
    }
  }
}

/** The first answer of one who knows the wallet. @throws RpcError */
async function askInTurn(answerers: readonly Answerer[], call: RpcCall): Promise<JsonText> {
  let unknown = new RpcError(RPC.METHOD_NOT_FOUND, 'Method not found');
  for (const { actor, host } of answerers) {
    try {
      return await actor(call);
    } catch (e) {
      if (e instanceof Disconnected) throw host?.gone() ?? new RpcError(RPC.WALLET_ERROR, 'The wallet process has gone.');
      if (!(e instanceof RpcError) || e.rpcCode !== RPC.WALLET_NOT_FOUND) throw e;
      unknown = e;
    }
  }
  throw unknown;
}

const NOTHING_GRANTED = (): void => undefined;

/** Lets fenced wallets have what the arguments of a call name. The function returned takes files back. */
async function openUp(host: WalletHost, command: RpcCommand, params: JsonText, uri: string): Promise<() => void> {
  const { name } = command;
  if (name === 'migratewallet') {
    const [given] = toPositional(parseJson(params), command.args);
    const wallet = typeof given === 'string' ? given : walletNameOfUri(uri);
    return wallet === null ? NOTHING_GRANTED : host.admitMigration(wallet);
  }
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
