import { describe, expect, it } from '@jest/globals';
import { Args } from '../../../src/common/arguments.ts';
import { NODE_OPTIONS } from '../../../src/common/node-options.ts';
import { type ListenOptions, listenOptions } from '../../../src/init/listen-options.ts';

function read(...argv: string[]): ListenOptions {
  const args = new Args(NODE_OPTIONS);
  args.selectNetwork('regtest');
  args.parseCommandLine(argv);
  return listenOptions(args, { p2pPort: 18444, onionPort: 18445 });
}

const where = ({ addresses }: ListenOptions): string[] => addresses.map(({ host, port, onion, optional }) => `${host}:${port}${onion ? ' onion' : ''}${optional ? ' if it can be' : ''}`);

describe('where the node listens', () => {
  it('is everywhere, and for Tor one port further on loopback', () => {
    expect(where(read())).toEqual(['127.0.0.1:18445 onion', ':::18444 if it can be', '0.0.0.0:18444']);
    expect(where(read('-port=7'))).toEqual(['127.0.0.1:8 onion', ':::7 if it can be', '0.0.0.0:7']);
    expect(read('-port=7')).toMatchObject({ port: 7, onAny: true, onionTarget: { host: '127.0.0.1', port: 8 } });
  });

  it('is what -bind says', () => {
    expect(where(read('-bind=127.0.0.1'))).toEqual(['127.0.0.1:18444']);
    expect(where(read('-bind=[::1]:5', '-bind=127.0.0.1=onion'))).toEqual(['::1:5', '127.0.0.1:18445 onion']);
    expect(read('-bind=[::1]:5', '-bind=127.0.0.1=onion')).toMatchObject({ port: 5, onAny: false, onionTarget: { host: '127.0.0.1', port: 18445 } });
    expect(read('-bind=0.0.0.0', '-port=9')).toMatchObject({ port: 9, onAny: true, onionTarget: { host: '0.0.0.0', port: 9 } });
  });

  it('gives those who come by -whitebind its permissions', () => {
    const { addresses, port } = read('-whitebind=noban,relay@127.0.0.1:5');
    expect(addresses.map((a) => [a.port, [...a.permissions?.permissions ?? []].sort()])).toEqual([[5, ['download', 'noban', 'relay']], [18445, []]]);
    expect(port).toBe(18444);
    expect(read('-whitebind=relay@127.0.0.1:5').port).toBe(5);
  });

  it('warns where Tor has a choice', () => {
    expect(read('-bind=127.0.0.1:1=onion', '-bind=127.0.0.1:2=onion').warnings).toEqual([
      'More than one onion bind address is provided. Using 127.0.0.1:1 for the automatically created Tor onion service.',
    ]);
  });

  it.each([
    [['-bind=name'], "Cannot resolve -bind address: 'name'"], [['-bind=127.0.0.1=tor'], "Cannot resolve -bind address: '127.0.0.1=tor'"],
    [['-whitebind=noban@name:1'], "Cannot resolve -whitebind address: 'name:1'"], [['-whitebind=127.0.0.1'], "Need to specify a port with -whitebind: '127.0.0.1'"],
    [['-bind=127.0.0.1:1', '-bind=127.0.0.1:1=onion'], 'Duplicate binding configuration for address 127.0.0.1:1. Please check your -bind, -bind=...=onion and -whitebind settings.'],
    [['-bind=127.0.0.1:1', '-whitebind=127.0.0.1:1'], 'Duplicate binding configuration for address 127.0.0.1:1.'],
  ])('refuses %j', (argv, message) => { expect(() => read(...argv)).toThrow(message); });
});
