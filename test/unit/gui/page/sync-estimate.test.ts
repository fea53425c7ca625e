import { expect, it } from '@jest/globals';
import { SyncEstimate } from '../../../../src/gui/page/sync-estimate.ts';

it('tells how long it takes, from the last while alone', () => {
  const estimate = new SyncEstimate();
  expect(estimate.pace).toBeNull();
  estimate.add(1000, 0.1);
  expect(estimate.pace).toBeNull();
  // Fast at first: that is forgotten by and by.
  estimate.add(1010, 0.2);
  expect(estimate.pace).toEqual({ perHour: expect.closeTo(36, 9), leftSec: expect.closeTo(80, 9) });
  for (let i = 0; i <= 60; i++) estimate.add(1100 + i * 10, 0.2 + i * 0.001);
  expect(estimate.pace?.perHour).toBeCloseTo(0.36, 9);
  expect(estimate.pace?.leftSec).toBeCloseTo(0.74 / 0.0001, 3);
});

it('says nothing where nothing moves, and begins anew where it goes back', () => {
  const estimate = new SyncEstimate();
  estimate.add(1000, 0.5);
  estimate.add(1100, 0.5);
  expect(estimate.pace).toBeNull();
  estimate.add(1200, 0.6);
  estimate.add(1210, 0.3);
  expect(estimate.pace).toBeNull();
  estimate.add(1220, 0.4);
  expect(estimate.pace?.leftSec).toBeCloseTo(60, 6);
  estimate.add(900, 0.5);
  expect(estimate.pace).toBeNull();
});
