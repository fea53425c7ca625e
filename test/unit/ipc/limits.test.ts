import { describe, expect, it } from '@jest/globals';
import { DEFAULT_LIMITS } from '../../../src/ipc/limits.ts';

describe('limits', () => {
  it('have the figures that are documented', () => {
    expect(DEFAULT_LIMITS).toEqual({
      frameBytes: 67_108_864, depth: 64, elements: 262_144, windowBytes: 1_048_576, calls: 4096, running: 256, freeCalls: 4096, streamBytes: 16_777_216, nestedCalls: 1024,
      nestedDepth: 16, objects: 65_536, answers: 16_384, queuedCalls: 65_536, queuedBytes: 67_108_864, backlogBytes: 8_388_608, stallMs: 60_000, helloMs: 5000,
    });
  });
});
