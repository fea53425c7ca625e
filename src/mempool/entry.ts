import type { Transaction } from '../primitives/transaction.ts';
import { DEFAULT_BYTES_PER_SIGOP, virtualSize } from '../policy/limits.ts';
import { toKey } from '../util/bytes.ts';
import type { Cluster } from './cluster.ts';
import type { MempoolEntry } from './types.ts';

export interface EntryFields {
  readonly tx: Transaction;
  /** Satoshi. */
  readonly fee: number;
  readonly sigopCost: number;
  /** Unix seconds. */
  readonly time: number;
  readonly height: number;
  readonly sequence: number;
  readonly spendsCoinbase: boolean;
  /** Satoshi by prioritisetransaction. */
  readonly delta: number;
  readonly bytesPerSigop?: number;
}

/** A transaction in the pool, with its place in the graph. The pool alone changes it. */
export class Entry implements MempoolEntry {
  readonly tx: Transaction;
  readonly key: string;
  readonly fee: number;
  readonly vsize: number;
  readonly weight: number;
  /** Weight, or what its signature operations count for where that is more. */
  readonly adjustedWeight: number;
  readonly sigopCost: number;
  readonly time: number;
  readonly height: number;
  readonly sequence: number;
  readonly spendsCoinbase: boolean;
  /** Estimated bytes of memory. */
  readonly memory: number;
  readonly parents = new Set<Entry>();
  readonly children = new Set<Entry>();
  cluster: Cluster | null = null;
  modifiedFee: number;
  unbroadcast = false;

  constructor(f: EntryFields) {
    this.tx = f.tx;
    this.key = toKey(f.tx.txid);
    this.fee = f.fee;
    this.modifiedFee = f.fee + f.delta;
    this.weight = f.tx.weight;
    this.sigopCost = f.sigopCost;
    const bytesPerSigop = f.bytesPerSigop ?? DEFAULT_BYTES_PER_SIGOP;
    this.adjustedWeight = Math.max(this.weight, f.sigopCost * bytesPerSigop);
    this.vsize = virtualSize(this.weight, f.sigopCost, bytesPerSigop);
    this.time = f.time;
    this.height = f.height;
    this.sequence = f.sequence;
    this.spendsCoinbase = f.spendsCoinbase;
    this.memory = memoryOf(f.tx);
  }

  private total(set: ReadonlySet<Entry>, of: (entry: Entry) => number): number {
    let sum = of(this);
    for (const entry of set) sum += of(entry);
    return sum;
  }

  get ancestorCount(): number { return reach(this, 'parents').size + 1; }
  get ancestorVsize(): number { return this.total(reach(this, 'parents'), (e) => e.vsize); }
  get ancestorFees(): number { return this.total(reach(this, 'parents'), (e) => e.modifiedFee); }
  get descendantCount(): number { return reach(this, 'children').size + 1; }
  get descendantVsize(): number { return this.total(reach(this, 'children'), (e) => e.vsize); }
  get descendantFees(): number { return this.total(reach(this, 'children'), (e) => e.modifiedFee); }
}

/** All entries that lead to `entry` (parents) or that it leads to (children), without itself. */
export function reach(entry: Entry, way: 'parents' | 'children'): Set<Entry> {
  const found = new Set<Entry>();
  if (entry[way].size === 0) return found;
  const todo = [entry];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const other of at[way]) {
      if (found.has(other)) continue;
      found.add(other);
      todo.push(other);
    }
  }
  found.delete(entry);
  return found;
}

/** Size that an allocator takes for `n` bytes. */
function allocated(n: number): number {
  return n === 0 ? 0 : Math.ceil((n + 31) / 16) * 16;
}

/** What one entry costs by the reference's counting, so that -maxmempool holds about as much here as there. */
const ENTRY_BYTES = 368;
const INPUT_INDEX_BYTES = 80;

function memoryOf(tx: Transaction): number {
  let bytes = ENTRY_BYTES + allocated(tx.inputs.length * 104) + allocated(tx.outputs.length * 48);
  for (const { scriptSig, witness } of tx.inputs) {
    bytes += INPUT_INDEX_BYTES + (scriptSig.length > 36 ? allocated(scriptSig.length) : 0) + allocated(witness.length * 24);
    for (const item of witness) bytes += allocated(item.length);
  }
  for (const { scriptPubKey } of tx.outputs) bytes += scriptPubKey.length > 36 ? allocated(scriptPubKey.length) : 0;
  return bytes;
}
