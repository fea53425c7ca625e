import { serveInherited } from '../../../src/ipc/spawn.ts';
import { SILENT } from '../../../src/util/logger.ts';
import { EveryImpl, PlainCounter } from '../../interfaces/every-impl.ts';
import { everyInterface } from '../../interfaces/generated/every.ts';
import type { Counter } from '../../interfaces/spec/every.ts';

/** A child that tells its parent how much memory it has used at most, how much it uses now, and what its tables hold. */
class Observed extends EveryImpl {
  /** It keeps none of them. */
  override makeCounter(start: number): Promise<Counter> { return Promise.resolve(new PlainCounter(start)); }

  override async json(): Promise<string> {
    globalThis.gc?.();
    return JSON.stringify({ peakKib: process.resourceUsage().maxRSS, heapBytes: process.memoryUsage().heapUsed, tables: connection.tables });
  }
}

const fd = Number(process.argv.find((a) => a.startsWith('-ipcfd='))?.slice('-ipcfd='.length));
const connection = serveInherited(fd, { self: 'coin-wallet', peer: 'coin-node', init: new Observed(), initInterface: everyInterface }, { log: SILENT });
connection.onClosed(() => process.exit(0));
