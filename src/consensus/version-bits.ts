import { ALWAYS_ACTIVE, type Bip9Deployment, type ConsensusParams, NEVER_ACTIVE } from '../params/chain-params.ts';
import type { AuxPowRule } from '../params/rules.ts';
import { baseVersion } from './rules/auxpow.ts';

export const VERSIONBITS_TOP_BITS = 0x20000000;
const VERSIONBITS_TOP_MASK = 0xe0000000;

export type DeploymentState = 'defined' | 'started' | 'locked_in' | 'active' | 'failed';

/** A block as version bits see it. */
export interface VersionBitsNode {
  readonly height: number;
  readonly version: number;
  readonly medianTimePast: number;
  readonly prev: VersionBitsNode | null;
  ancestor(height: number): VersionBitsNode | null;
}

/** Signalling so far in the period that a block is in. */
export interface DeploymentStatistics {
  readonly period: number;
  readonly threshold: number;
  readonly elapsed: number;
  readonly count: number;
  readonly possible: boolean;
  /** One flag a block of the period up to here. */
  readonly signalling: readonly boolean[];
}

export interface DeploymentInfo {
  readonly currentState: DeploymentState;
  readonly nextState: DeploymentState;
  /** First block of the current state. */
  readonly since: number;
  readonly activeSince: number | null;
  /** Only while signalling counts; `threshold` 0 once locked in. */
  readonly statistics: DeploymentStatistics | null;
}

/** State machine of one deployment (BIP 9), with a cache by last block of a period: keep one a chain. */
export class DeploymentTracker {
  readonly deployment: Bip9Deployment;
  private readonly cache = new Map<VersionBitsNode | null, DeploymentState>();
  private readonly auxpow: AuxPowRule | undefined;

  constructor(deployment: Bip9Deployment, auxpow?: AuxPowRule) {
    this.deployment = deployment;
    this.auxpow = auxpow;
  }

  get mask(): number { return (1 << this.deployment.bit) >>> 0; }

  private signals(node: VersionBitsNode): boolean {
    const version = baseVersion(node.version, this.auxpow);
    return ((version & VERSIONBITS_TOP_MASK) >>> 0) === VERSIONBITS_TOP_BITS && ((version >>> 0) & this.mask) !== 0;
  }

  /** Last block of the period before the one that the block after `prev` is in. */
  private periodEnd(prev: VersionBitsNode | null): VersionBitsNode | null {
    return prev === null ? null : prev.ancestor(prev.height - ((prev.height + 1) % this.deployment.period));
  }

  /** State for the block after `prev`. */
  stateAfter(prev: VersionBitsNode | null): DeploymentState {
    const { startTime, timeout, period, threshold, minActivationHeight } = this.deployment;
    if (startTime === ALWAYS_ACTIVE) return 'active';
    if (startTime === NEVER_ACTIVE) return 'failed';
    const todo: VersionBitsNode[] = [];
    let node = this.periodEnd(prev);
    let state = this.cache.get(node);
    while (state === undefined) {
      if (node === null || node.medianTimePast < startTime) {
        state = 'defined';
        this.cache.set(node, state);
        break;
      }
      todo.push(node);
      node = node.ancestor(node.height - period);
      state = this.cache.get(node);
    }
    for (let end = todo.pop(); end !== undefined; end = todo.pop()) {
      if (state === 'defined') {
        if (end.medianTimePast >= startTime) state = 'started';
      } else if (state === 'started') {
        let count = 0;
        let block: VersionBitsNode | null = end;
        for (let i = 0; i < period && block !== null; i++, block = block.prev) if (this.signals(block)) count += 1;
        if (count >= threshold) state = 'locked_in';
        else if (end.medianTimePast >= timeout) state = 'failed';
      } else if (state === 'locked_in' && end.height + 1 >= minActivationHeight) {
        state = 'active';
      }
      this.cache.set(end, state);
    }
    return state;
  }

  /** Height of the first block of the state that holds for the block after `prev`; 0 while defined. */
  sinceHeight(prev: VersionBitsNode | null): number {
    const { startTime, period } = this.deployment;
    if (startTime === ALWAYS_ACTIVE || startTime === NEVER_ACTIVE) return 0;
    const state = this.stateAfter(prev);
    let end = this.periodEnd(prev);
    if (state === 'defined' || end === null) return 0;
    for (let before = end.ancestor(end.height - period); before !== null && this.stateAfter(before) === state; before = end.ancestor(end.height - period)) end = before;
    return end.height + 1;
  }

  /** Signalling in the period of `node`, up to it. */
  statistics(node: VersionBitsNode): DeploymentStatistics {
    const { period, threshold } = this.deployment;
    const signalling: boolean[] = [];
    let block: VersionBitsNode | null = node;
    for (let n = 1 + (node.height % period); n > 0 && block !== null; n--, block = block.prev) signalling.unshift(this.signals(block));
    const count = signalling.filter(Boolean).length;
    return { period, threshold, elapsed: signalling.length, count, possible: period - threshold >= signalling.length - count, signalling };
  }

  info(node: VersionBitsNode): DeploymentInfo {
    const currentState = this.stateAfter(node.prev);
    const nextState = this.stateAfter(node);
    const since = this.sinceHeight(node.prev);
    let statistics: DeploymentStatistics | null = null;
    if (currentState === 'started') statistics = this.statistics(node);
    else if (currentState === 'locked_in') statistics = { ...this.statistics(node), threshold: 0, possible: false };
    return { currentState, nextState, since, activeSince: currentState === 'active' ? since : nextState === 'active' ? node.height + 1 : null, statistics };
  }
}

/** All deployments of a network. */
export class VersionBits {
  readonly trackers: ReadonlyMap<string, DeploymentTracker>;

  constructor(consensus: ConsensusParams) {
    this.trackers = new Map([...consensus.deployments].map(([name, deployment]) => [name, new DeploymentTracker(deployment, consensus.rules.auxpow)]));
  }

  /** Version for the block after `prev`: signals what is started or locked in. Signed 32-bit. */
  blockVersion(prev: VersionBitsNode | null): number {
    let version = VERSIONBITS_TOP_BITS;
    for (const tracker of this.trackers.values()) {
      const state = tracker.stateAfter(prev);
      if (state === 'started' || state === 'locked_in') version |= tracker.mask;
    }
    return version | 0;
  }
}
