import { describe, expect, it } from '@jest/globals';
import { checkPortOptions } from '../../../src/init/host-ports.ts';

/** Options as the command line gives them. */
function check(options: Record<string, string[]>): void {
  checkPortOptions({ string: (name) => options[name]?.[0], strings: (name) => options[name] ?? [] });
}

describe('checkPortOptions', () => {
  it.each(['127.0.0.1', '127.0.0.1:1', '127.0.0.1:65535', '::1', '[::1]', '[::1]:8332', 'host'])('takes %s', (text) => {
    expect(() => check({ rpcbind: [text], bind: [text, `${text}=onion`] })).not.toThrow();
  });

  it.each(['127.0.0.1:notaport', '127.0.0.1:-18443', '127.0.0.1:0', '127.0.0.1:65536', '[::1]:notaport', '[::1]:0', ':', 'host:'])('refuses %s', (text) => {
    for (const name of ['rpcbind', 'bind', 'whitebind']) expect(() => check({ [name]: ['127.0.0.1', text] })).toThrow(`Invalid port specified in -${name}: '${text}'`);
  });

  it('refuses ports that are none', () => {
    expect(() => check({ port: ['8333'], rpcport: ['1'] })).not.toThrow();
    for (const text of ['0', '65536', '-1', 'x', '']) expect(() => check({ rpcport: [text] })).toThrow(`Invalid port specified in -rpcport: '${text}'`);
  });
});
