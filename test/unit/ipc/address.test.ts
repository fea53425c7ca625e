import { describe, expect, it } from '@jest/globals';
import { parseIpcAddress } from '../../../src/ipc/address.ts';

const unix = { netDir: '/data/regtest', defaultName: 'node.sock', platform: 'linux' as const };

describe('addresses of processes', () => {
  it.each([
    ['unix', '/data/regtest/node.sock'], ['unix:', '/data/regtest/node.sock'], ['unix:sub/x.sock', '/data/regtest/sub/x.sock'], ['unix:/run/x.sock', '/run/x.sock'],
  ])('%s is a socket at %s', (text, path) => {
    expect(parseIpcAddress(text, unix)).toEqual({ text: `unix:${path}`, path, isFile: true });
  });

  it.each(['tcp:127.0.0.1:1', 'unixx', '', '/run/x.sock', '0'])('%p is none', (text) => {
    expect(() => parseIpcAddress(text, unix)).toThrow(`Unrecognized address '${text}'`);
  });

  it('has room for its path in the system\'s structure', () => {
    const longest = `/${'a'.repeat(106)}`;
    expect(parseIpcAddress(`unix:${longest}`, unix).path).toBe(longest);
    expect(() => parseIpcAddress(`unix:${longest}a`, unix)).toThrow(`Unix address path "${longest}a" exceeded maximum socket path length`);
    expect(() => parseIpcAddress(`unix:/${'ä'.repeat(53)}x`, unix)).toThrow(/exceeded maximum/);
    expect(() => parseIpcAddress(`unix:/${'a'.repeat(103)}`, { ...unix, platform: 'darwin' })).toThrow(/exceeded maximum/);
  });

  it('is a named pipe on Windows', () => {
    const windows = { ...unix, netDir: 'C:\\Users\\me\\Bitcoin\\regtest', platform: 'win32' as const };
    expect(parseIpcAddress('unix', windows)).toEqual({
      text: 'unix:C:\\Users\\me\\Bitcoin\\regtest\\node.sock', path: '\\\\.\\pipe\\coin-C-Users-me-Bitcoin-regtest-node.sock', isFile: false,
    });
    expect(parseIpcAddress('unix:D:\\x.sock', windows).path).toBe('\\\\.\\pipe\\coin-D-x.sock');
  });
});
