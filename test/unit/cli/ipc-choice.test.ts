import { describe, expect, it } from '@jest/globals';
import { CLI_OPTIONS } from '../../../src/cli/options.ts';
import { chooseIpc, type IpcConnector, type RpcOverIpc, SocketUnavailable } from '../../../src/cli/ipc-choice.ts';
import { Args } from '../../../src/common/arguments.ts';

const NAMES = { cli: 'coin-cli', node: 'coin-node', chain: 'regtest' };
const CONNECTION: RpcOverIpc = { execute: () => Promise.resolve(''), seal: (_method, params) => Promise.resolve(params), close: () => undefined };

function choose(words: string[], connect: IpcConnector | null): Promise<RpcOverIpc | null> {
  const args = new Args(CLI_OPTIONS);
  args.parseCommandLine(words);
  return chooseIpc(args, connect, NAMES);
}

describe('which way coin-cli goes', () => {
  const asked: string[] = [];
  const there: IpcConnector = (address) => {
    asked.push(address);
    return Promise.resolve(CONNECTION);
  };
  const absent: IpcConnector = () => Promise.reject(new SocketUnavailable('nobody', true));

  it('by the default socket where somebody listens on it, by HTTP where not', async () => {
    expect(await choose([], there)).toBe(CONNECTION);
    expect(await choose(['-ipcconnect=unix:/a'], there)).toBe(CONNECTION);
    expect(asked).toEqual(['unix', 'unix:/a']);
    expect(await choose([], absent)).toBeNull();
    await expect(choose(['-ipcconnect=unix'], absent)).rejects.toThrow('nobody\n\nProbably coin-node is not running');
  });

  it('by HTTP alone in a program that was built without IPC, which says so where IPC is asked for', async () => {
    expect(await choose([], null)).toBeNull();
    expect(await choose(['-noipcconnect'], null)).toBeNull();
    await expect(choose(['-ipcconnect=unix'], null)).rejects.toThrow(/^coin-cli was not built with IPC support$/);
    await expect(choose(['-ipcconnect=unix', '-rpcconnect=127.0.0.1'], null)).rejects.toThrow('-rpcconnect and -ipcconnect options cannot both be enabled');
  });
});
