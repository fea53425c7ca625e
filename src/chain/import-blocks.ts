import { closeSync, openSync, readSync } from 'node:fs';
import { MAX_BLOCK_SERIALIZED_SIZE } from '../consensus/limits.ts';
import { Block, BlockHeader, HEADER_SIZE } from '../primitives/block.ts';
import { equalBytes, hashToHex, toKey } from '../util/bytes.ts';
import { errorText } from '../util/errors.ts';
import { Reader } from '../util/reader.ts';
import { acceptBlock } from './accept-block.ts';
import { RECORD_HEADER_SIZE } from './block-store.ts';
import { type ChainCore, ChainFailure } from './chain-core.ts';
import { nextTurn } from './work-queue.ts';

/** Bytes from a file at an offset; fewer at its end. */
type ReadAt = (offset: number, length: number) => Uint8Array;

/** A block whose parent had not been seen when it was found in a block file. */
interface Orphan {
  readonly file: number;
  readonly pos: number;
  readonly hash: Uint8Array;
}

const READ_SIZE = 8 * 1024 * 1024;

/** Reads blocks out of files, tolerating whatever lies between them. */
export class BlockImporter {
  private readonly core: ChainCore;
  private readonly interrupted: () => boolean;
  private readonly onGenesis: () => Promise<void>;
  private readonly orphans = new Map<string, Orphan[]>();

  /** @param onGenesis called when the first block has come while the chain is empty */
  constructor(core: ChainCore, options: { readonly interrupted: () => boolean; readonly onGenesis: () => Promise<void> }) {
    this.core = core;
    this.interrupted = options.interrupted;
    this.onGenesis = options.onGenesis;
  }

  /** All block files of the directory, from the first to the first gap. False where it was interrupted. */
  async reindex(): Promise<boolean> {
    const { blocks, log } = this.core.m;
    let total = 0;
    while (blocks.hasBlockFile(total)) total += 1;
    for (let file = 0; file < total; file++) {
      log.info(`Reindexing block file blk${String(file).padStart(5, '0')}.dat (${Math.trunc((file * 100) / total)}% complete)...`);
      const size = blocks.blockFileSize(file);
      await this.scan((offset, length) => blocks.readBlockFile(file, offset, length), size, file);
      if (this.interrupted()) {
        log.info('Interrupt requested. Exit reindexing.');
        return false;
      }
    }
    return true;
  }

  /** A file of blocks from elsewhere (-loadblock), which is not obfuscated. */
  async importFile(path: string): Promise<void> {
    const { log } = this.core.m;
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      log.warning(`Could not open blocks file ${path}`);
      return;
    }
    log.info(`Importing blocks file ${path}...`);
    try {
      const read: ReadAt = (offset, length) => {
        const bytes = new Uint8Array(length);
        return bytes.subarray(0, readSync(fd, bytes, 0, length, offset));
      };
      await this.scan(read, Infinity, null);
    } finally {
      closeSync(fd);
    }
  }

  private async scan(read: ReadAt, size: number, file: number | null): Promise<void> {
    const { log, clock } = this.core.m;
    const magic = this.core.options.params.messageStart;
    const started = clock.monotonicMs();
    let loaded = 0;
    let base = 0;
    let window: Uint8Array = new Uint8Array(0);
    const have = (offset: number, length: number): Uint8Array | null => {
      if (offset < base || offset + length > base + window.length) {
        base = offset;
        window = read(offset, Math.min(Math.max(READ_SIZE, length), size - offset));
      }
      return window.length - (offset - base) >= length ? window.subarray(offset - base, offset - base + length) : null;
    };
    let turn = clock.monotonicMs();
    for (let at = 0; at < size && !this.interrupted();) {
      const head = have(at, RECORD_HEADER_SIZE + HEADER_SIZE);
      if (head === null) break;
      const length = new DataView(head.buffer, head.byteOffset).getUint32(4, true);
      if (!equalBytes(head.subarray(0, 4), magic) || length < HEADER_SIZE || length > MAX_BLOCK_SERIALIZED_SIZE) {
        // On to the next byte that may begin a record.
        const next = window.indexOf(magic[0] as number, at - base + 1);
        at = next < 0 ? base + window.length : base + next;
        continue;
      }
      const raw = have(at + RECORD_HEADER_SIZE, length);
      let next = at + 1;
      if (raw !== null) {
        try {
          if (await this.found(raw, file === null ? null : { file, pos: at + RECORD_HEADER_SIZE })) loaded += 1;
          next = at + RECORD_HEADER_SIZE + length;
        } catch (e) {
          if (e instanceof ChainFailure) throw e;
          log.debug('reindex', `LoadExternalBlockFile: unexpected data at file offset 0x${at.toString(16)} - ${errorText(e)}. continuing`);
        }
      }
      at = next;
      if (clock.monotonicMs() - turn > 20) {
        await nextTurn();
        turn = clock.monotonicMs();
      }
    }
    log.info(`Loaded ${loaded} blocks from external file in ${Math.round(clock.monotonicMs() - started)}ms`);
  }

  /** @throws MalformedData where it does not parse */
  private async found(raw: Uint8Array, place: { file: number; pos: number } | null): Promise<boolean> {
    const { core } = this;
    const { tree, log } = core.m;
    const header = BlockHeader.read(new Reader(raw));
    const { hash } = header;
    const isGenesis = equalBytes(hash, core.options.params.consensus.genesisHash);
    if (!isGenesis && tree.get(header.prevHash) === undefined) {
      log.debug('reindex', `LoadExternalBlockFile: Out of order block ${header.hashHex}, parent ${hashToHex(header.prevHash)} not known`);
      if (place !== null) {
        const key = toKey(header.prevHash);
        const waiting = this.orphans.get(key);
        if (waiting === undefined) this.orphans.set(key, [{ ...place, hash }]);
        else waiting.push({ ...place, hash });
      }
      return false;
    }
    let loaded = false;
    if (tree.get(hash)?.haveData !== true) {
      const block = Block.fromBytes(raw.slice());
      const options = { requested: true, minPowChecked: true };
      loaded = acceptBlock(core, block, place === null ? options : { ...options, position: place }).isNew;
    }
    if (isGenesis && core.active.height === -1) await this.onGenesis();
    this.adoptChildren(hash);
    return loaded;
  }

  private adoptChildren(hash: Uint8Array): void {
    const { core } = this;
    const queue = [hash];
    for (let parent = queue.shift(); parent !== undefined; parent = queue.shift()) {
      const waiting = this.orphans.get(toKey(parent));
      if (waiting === undefined) continue;
      this.orphans.delete(toKey(parent));
      for (const { file, pos, hash: child } of waiting) {
        const block = core.m.blocks.readBlock({ file, dataPos: pos, undoPos: 0, hash: child, prev: null, height: 0 });
        if (block === null) continue;
        core.m.log.debug('reindex', `LoadExternalBlockFile: Processing out of order child ${block.hashHex} of ${hashToHex(parent)}`);
        acceptBlock(core, block, { requested: true, minPowChecked: true, position: { file, pos } });
        queue.push(child);
      }
    }
  }
}
