import { describe, expect, it } from '@jest/globals';
import { parseIpcAddress } from '../../../src/ipc/address.ts';
import { platformOf } from '../../../src/util/platform.ts';

const unix = { netDir: '/data/regtest', platform: platformOf('linux') };

describe('addresses of processes', () => {
  it.each([
    ['unix', '/data/regtest/node.sock'], ['unix:', '/data/regtest/node.sock'], ['unix:sub/x.sock', '/data/regtest/sub/x.sock'], ['unix:/run/x.sock', '/run/x.sock'],
  ])('%s is a socket at %s', (text, path) => {
    expect(parseIpcAddress(text, unix)).toEqual({ kind: 'unix', text: `unix:${path}`, path, isFile: true });
  });

  it.each(['tcp:1', 'tcp:', 'tcp:host', 'tcp:host:', 'tcp:host:0', 'tcp:host:65536', 'tcp::1', 'tcp:::1:1', 'tcp:[::1]1', 'tcp:a b:1', 'unixx', '', '/run/x.sock', '0'])('%p is none', (text) => {
    expect(() => parseIpcAddress(text, unix)).toThrow(`Unrecognized address '${text}'`);
  });

  it.each([['tcp:127.0.0.1:8000', '127.0.0.1', 8000], ['tcp:node.example:1', 'node.example', 1], ['tcp:[::1]:65535', '::1', 65_535]])('%s is a port', (text, host, port) => {
    expect(parseIpcAddress(text, unix)).toEqual({ kind: 'tcp', text, host, port });
  });

  it('has room for its path in the system\'s structure', () => {
    const longest = `/${'a'.repeat(106)}`;
    expect(parseIpcAddress(`unix:${longest}`, unix)).toMatchObject({ path: longest });
    expect(() => parseIpcAddress(`unix:${longest}a`, unix)).toThrow(`Unix address path "${longest}a" exceeded maximum socket path length`);
    expect(() => parseIpcAddress(`unix:/${'ä'.repeat(53)}x`, unix)).toThrow(/exceeded maximum/);
    expect(() => parseIpcAddress(`unix:/${'a'.repeat(103)}`, { ...unix, platform: platformOf('darwin') })).toThrow(/exceeded maximum/);
  });

  it('is a named pipe on Windows', () => {
    const windows = { ...unix, netDir: 'C:\\Users\\me\\Bitcoin\\regtest', platform: platformOf('win32') };
    expect(parseIpcAddress('unix', windows)).toEqual({
      kind: 'unix', text: 'unix:C:\\Users\\me\\Bitcoin\\regtest\\node.sock', path: '\\\\.\\pipe\\coin-C-Users-me-Bitcoin-regtest-node.sock', isFile: false,
    });
    expect(parseIpcAddress('unix:D:\\x.sock', windows)).toMatchObject({ path: '\\\\.\\pipe\\coin-D-x.sock' });
  });
});
