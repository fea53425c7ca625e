import { expect, it } from '@jest/globals';
import { LEFT_OUT, missingPart } from '../../../src/common/parts.ts';
import type { Role } from '../../../src/common/role.ts';

const called = (exeName: string, role: Role, monolithic: boolean): Parameters<typeof missingPart>[0] => ({ exeName, role, monolithic, coinName: 'umkoin' });

it('sources that run as they are leave nothing out', () => {
  expect(LEFT_OUT).toEqual([]);
});

it('a name works where its parts are there', () => {
  expect(missingPart(called('umkoind', 'node', true), ['ipc', 'gui', 'wallet'])).toBeNull();
  expect(missingPart(called('umkoin-cli', 'rpc', true), ['ipc', 'gui', 'wallet'])).toBeNull();
  expect(missingPart(called('umkoin-wallet', 'wallet', true), ['ipc', 'gui'])).toBeNull();
  expect(missingPart(called('umkoin-qt', 'gui', true), ['ipc', 'wallet'])).toBeNull();
  expect(missingPart(called('umkoin-node', 'node', false), ['gui', 'wallet'])).toBeNull();
});

it('a name says which of its parts is missing, and what is there instead', () => {
  expect(missingPart(called('umkoin-node', 'node', false), ['ipc'])).toBe('umkoin-node needs the connection between processes, and this program was built without it (--without-ipc). Everything in one process: umkoind');
  expect(missingPart(called('umkoin-gui', 'gui', false), ['ipc'])).toBe('umkoin-gui needs the connection between processes, and this program was built without it (--without-ipc). Everything in one process: umkoin-qt');
  expect(missingPart(called('umkoin-gui', 'gui', false), ['ipc', 'gui'])).toBe('umkoin-gui needs the GUI, and this program was built without it (--without-gui).');
  expect(missingPart(called('umkoin-wallet', 'wallet', true), ['wallet'])).toBe('umkoin-wallet needs the wallet, and this program was built without it (--without-wallet).');
});
