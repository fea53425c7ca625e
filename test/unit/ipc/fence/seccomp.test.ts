import { describe, expect, it } from '@jest/globals';
import { ALLOW, type Architecture, callNumber, KILL_PROCESS, REFUSE, REFUSED_CALLS, seccompFilter, UNKNOWN } from '../../../../src/ipc/fence/seccomp.ts';

const AUDIT: Readonly<Record<Architecture, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** Runs a filter as the kernel does, on the call's number, architecture and first argument. */
function judge(filter: Uint8Array, nr: number, arch: number, arg0 = 0): number {
  const view = new DataView(filter.buffer);
  const data: Readonly<Record<number, number>> = { 0: nr, 4: arch, 16: arg0 };
  let a = 0;
  for (let pc = 0; ; pc++) {
    const k = view.getUint32(pc * 8 + 4, true);
    const [yes, no] = [view.getUint8(pc * 8 + 2), view.getUint8(pc * 8 + 3)];
    switch (view.getUint16(pc * 8, true)) {
      case 0x20: a = data[k] ?? NaN; break;
      case 0x15: pc += a === k ? yes : no; break;
      case 0x35: pc += a >= k ? yes : no; break;
      case 0x45: pc += (a & k) !== 0 ? yes : no; break;
      case 0x06: return k;
      default: throw new Error('instruction');
    }
  }
}

describe.each<Architecture>(['x64', 'arm64'])('the filter of system calls, %s', (arch) => {
  const filter = seccompFilter(arch);
  const of = (nr: number, arg0 = 0): number => judge(filter, nr, AUDIT[arch], arg0);

  it.each(REFUSED_CALLS.map((name) => [name]))('refuses %s', (name) => {
    const nr = callNumber(name, arch);
    if (nr >= 0) expect(of(nr)).toBe(REFUSE);
    else expect(arch).toBe('arm64');
  });

  it('lets threads start, but no processes', () => {
    const clone = callNumber('clone', arch);
    expect(of(clone, 0x003d0f00)).toBe(ALLOW);
    expect(of(clone, 0x01200011)).toBe(REFUSE);
    expect(of(435)).toBe(UNKNOWN);
  });

  it('lets the rest through', () => {
    const daily = arch === 'x64' ? [0, 1, 3, 9, 59, 202, 231, 232, 257, 318] : [56, 57, 63, 64, 93, 98, 221, 222, 278];
    for (const nr of daily) expect(of(nr)).toBe(ALLOW);
  });

  it('may leave sockets, all or those of this machine that have files', () => {
    const [AF_UNIX, AF_INET, AF_NETLINK] = [1, 2, 16];
    for (const name of ['connect', 'bind', 'listen', 'accept4']) {
      for (const kind of ['unix', 'all'] as const) expect(judge(seccompFilter(arch, kind), callNumber(name, arch), AUDIT[arch], 7)).toBe(ALLOW);
    }
    for (const name of ['socket', 'socketpair']) {
      const verdicts = (kind: 'unix' | 'all'): number[] => [AF_UNIX, AF_INET, AF_NETLINK].map((family) => judge(seccompFilter(arch, kind), callNumber(name, arch), AUDIT[arch], family));
      expect(verdicts('unix')).toEqual([ALLOW, REFUSE, REFUSE]);
      expect(verdicts('all')).toEqual([ALLOW, ALLOW, ALLOW]);
    }
    for (const kind of ['unix', 'all'] as const) {
      expect(judge(seccompFilter(arch, kind), callNumber('ptrace', arch), AUDIT[arch])).toBe(REFUSE);
      expect(judge(seccompFilter(arch, kind), callNumber('clone', arch), AUDIT[arch], 0x01200011)).toBe(REFUSE);
    }
  });

  it('ends a process that calls by another convention', () => {
    expect(judge(filter, 1, AUDIT[arch === 'x64' ? 'arm64' : 'x64'])).toBe(KILL_PROCESS);
    if (arch === 'x64') expect(of(0x40000000 + 41)).toBe(KILL_PROCESS);
  });
});
