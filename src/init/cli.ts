import { SocketUnavailable, type RpcOverIpc } from '../cli/ipc-choice.ts';
import { runCli } from '../cli/run.ts';
import type { RoleContext } from '../common/role.ts';
import { CoinError, errorText } from '../util/errors.ts';
import { SILENT } from '../util/logger.ts';

/** Why a socket that nobody has asked for may be missing. */
const ABSENT: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTDIR']);

/** Connects to the node's Rpc interface. The IPC code is loaded only where there may be somebody to talk to. @throws SocketUnavailable */
async function connectIpc(context: RoleContext, text: string, netDir: string, keyFile: string): Promise<RpcOverIpc> {
  const { parseIpcAddress } = await import('../ipc/address.ts');
  const { CannotConnect, connectIpc: connect } = await import('../ipc/connect.ts');
  const { readIpcKey } = await import('../ipc/key-file.ts');
  const coin = context.coin.info.name;
  let connection;
  try {
    const address = parseIpcAddress(text, { netDir });
    connection = await connect(address, { self: `${coin}-cli`, coin, init: null }, { log: SILENT, key: () => readIpcKey(keyFile, { create: false }) });
  } catch (e) {
    if (e instanceof CannotConnect) throw new SocketUnavailable(e.message, ABSENT.has(e.reason));
    if (e instanceof CoinError) throw new SocketUnavailable(e.message, e.code === 'ipc-address');
    throw e;
  }
  const rpc = await connection.peerInit().makeRpc();
  if (rpc === null) {
    connection.close();
    throw new SocketUnavailable('RPC is not granted at this address (-ipcallow)', false);
  }
  return {
    execute: async (body, uri, user) => {
      try {
        return await rpc.executeRpc(body, uri, user);
      } catch (e) {
        throw new SocketUnavailable(errorText(e), false);
      }
    },
    seal: async (method, params, uri) => {
      const [{ replacePassphrases }, { seal }] = await Promise.all([import('../common/secret-arguments.ts'), import('../crypto/seal.ts')]);
      try {
        return await replacePassphrases(method, params, async (secret) => {
          const offer = await rpc.offerSeal(uri);
          // Without wallets nobody has a use for it.
          return offer === null ? '' : seal(secret, offer, { method, scope: uri });
        });
      } catch (e) {
        throw new SocketUnavailable(`The passphrase cannot be sealed for the wallet: ${errorText(e)}`, false);
      }
    },
    close: () => connection.close(),
  };
}

/** coin-cli: loads neither databases nor wallets. @returns exit code */
export function run(context: RoleContext): Promise<number> {
  return runCli(context, (address, netDir, keyFile) => connectIpc(context, address, netDir, keyFile));
}
