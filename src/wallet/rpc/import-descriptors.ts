import { boolArg, intArg, objectArg, stringArg } from '../../rpc/arguments.ts';
import { descriptorRange, descriptorsArg } from '../../rpc/descriptor-arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import { hash160 } from '../../crypto/hash.ts';
import { DescriptorCache } from '../../script/descriptor/cache.ts';
import { SigningProvider } from '../../script/signing-provider.ts';
import { errorText, RpcError } from '../../util/errors.ts';
import { type Json, jsonTypeName, type JsonObject } from '../../util/json.ts';
import { hasScripts, rootPubkeys } from '../descriptor-facts.ts';
import { TIMESTAMP_WINDOW } from '../notifications.ts';
import { rescanFromTime, withScan } from '../scan.ts';
import type { Wallet } from '../wallet.ts';
import { ensureUnlocked, labelArg, withWarnings } from './util.ts';

function timestampOf(request: JsonObject, now: number): number {
  const value = request['timestamp'];
  if (value === undefined) throw new RpcError(RPC.TYPE_ERROR, 'Missing required timestamp field for key');
  if (value === 'now') return now;
  if (jsonTypeName(value) === 'number') return intArg(value);
  throw new RpcError(RPC.TYPE_ERROR, `Expected number or "now" timestamp value for key. got type ${jsonTypeName(value)}`);
}

/** Imports the descriptors of one request; its result, or its error, as the caller sees it. */
function importOne(wallet: Wallet, data: JsonObject, timestamp: number): JsonObject {
  const warnings: string[] = [];
  try {
    importChecked(wallet, data, timestamp, warnings);
    return withWarnings({ success: true }, warnings);
  } catch (e) {
    if (!(e instanceof RpcError)) throw e;
    return withWarnings({ success: false, error: { code: e.rpcCode, message: e.message } }, warnings);
  }
}

function importChecked(wallet: Wallet, data: JsonObject, timestamp: number, warnings: string[]): void {
  const parameter = (text: string): never => { throw new RpcError(RPC.INVALID_PARAMETER, text); };
  const refuse = (text: string): never => { throw new RpcError(RPC.WALLET_ERROR, text); };
  if (data['desc'] === undefined) parameter('Descriptor not found.');
  const text = stringArg(data['desc']);
  const active = boolArg(data['active'], false);
  const label = labelArg(data['label']);
  const keys = new SigningProvider();
  const descriptors = descriptorsArg(text, wallet.params, keys, true);
  const [first] = descriptors;
  if (first === undefined) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'No descriptor');
  if (data['internal'] !== undefined && descriptors.length > 1) {
    throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, "Cannot have multipath descriptor while also specifying 'internal'");
  }
  let internal = boolArg(data['internal'], false);
  let rangeStart = 0;
  let rangeEnd = 1;
  let nextIndex = 0;
  if (!first.isRange) {
    if (data['range'] !== undefined) parameter('Range should not be specified for an un-ranged descriptor');
  } else {
    if (data['range'] !== undefined) {
      const { begin, end } = descriptorRange(data['range']);
      rangeStart = begin;
      rangeEnd = end + 1;
    } else {
      warnings.push('Range not given, using default keypool range');
      rangeEnd = wallet.keypoolSize;
    }
    nextIndex = rangeStart;
    if (data['next_index'] !== undefined) {
      nextIndex = intArg(data['next_index']);
      if (nextIndex < rangeStart || nextIndex >= rangeEnd) parameter('next_index is out of range');
    }
  }
  if (active && !first.isRange) parameter('Active descriptors must be ranged');
  if (data['label'] !== undefined) {
    if (descriptors.length > 1) parameter('Multipath descriptors should not have a label');
    if (first.isRange) parameter('Ranged descriptors should not have a label');
    if (internal) parameter('Internal addresses should not have a label');
  }
  if (active && !first.isSingleType) refuse('Combo descriptors cannot be set to active');
  if (wallet.privateKeysDisabled && keys.keys.size > 0) refuse('Cannot import private keys to a wallet with private keys disabled');
  for (const [i, descriptor] of descriptors.entries()) {
    if (descriptors.length === 2) internal = i === 1;
    if (descriptor.expand(0, keys) === null) {
      refuse('Cannot expand descriptor. Probably because of hardened derivations without private keys provided');
    }
    warnings.push(...descriptor.warnings);
    if (!wallet.privateKeysDisabled) {
      if (keys.keys.size === 0) refuse('Cannot import descriptor without private keys to a wallet with private keys enabled');
      if (!descriptor.havePrivateKeys(keys)) warnings.push('Not all private keys provided. Some wallet functionality may return unexpected errors');
    }
    if (!hasScripts(descriptor)) {
      if (wallet.privateKeysDisabled) refuse('Cannot import unused() to wallet without private keys enabled');
      const [pubkey] = rootPubkeys(descriptor);
      if (pubkey !== undefined && wallet.keys.privateKey(hash160(pubkey)) !== undefined) {
        refuse('Cannot import an unused() descriptor when its private key is already in the wallet');
      }
    }
    let own;
    try {
      own = wallet.db.transaction(() => wallet.keys.addOrUpdate({ descriptor, creationTime: timestamp, rangeStart, rangeEnd, nextIndex, cache: new DescriptorCache() }, keys));
    } catch (e) {
      return refuse(`Could not add descriptor '${text}': ${errorText(e)}`);
    }
    if (!descriptor.isRange && hasScripts(descriptor) && !internal) {
      for (const script of descriptor.expand(0, keys)?.scripts ?? []) {
        const address = wallet.addresses.ofScript(script);
        if (address !== null) wallet.book.set(address, label, 'receive');
      }
    }
    if (active) {
      if (own.outputType === null) warnings.push('Unknown output type, cannot set descriptor to active.');
      else wallet.keys.activate(own, own.outputType, internal);
    } else if (own.outputType !== null) {
      wallet.keys.deactivate(own, own.outputType, internal);
    }
  }
}

/** Adds descriptors, each as a request of importdescriptors, and reads the chain for them; a result for each. @throws RpcError where a scan is under way */
export function importDescriptors(wallet: Wallet, requests: readonly Json[]): Promise<JsonObject[]> {
  return withScan(wallet, () => importReserved(wallet, requests));
}

async function importReserved(wallet: Wallet, requests: readonly Json[]): Promise<JsonObject[]> {
  const { chain } = wallet;
  await wallet.synced();
  ensureUnlocked(wallet);
  const tip = await chain.findBlock(wallet.lastBlockHash, { mtpTime: true });
  if (tip === null) throw new RpcError(RPC.INTERNAL_ERROR, 'Block not found');
  const now = tip.mtpTime ?? tip.time;
  let lowest = tip.time;
  let scan = false;
  const results: JsonObject[] = [];
  const stamps: number[] = [];
  for (const item of requests) {
    const request = objectArg(item);
    const timestamp = Math.max(timestampOf(request, now), 1);
    const result = importOne(wallet, request, timestamp);
    results.push(result);
    stamps.push(timestampOf(request, now));
    lowest = Math.min(lowest, timestamp);
    scan ||= result['success'] === true;
  }
  wallet.txs.refreshOwnOutputs();
  if (!scan) return results;
  const scanned = await rescanFromTime(wallet, lowest);
  await wallet.resubmit(false, true);
  if (wallet.scan?.aborting === true) throw new RpcError(RPC.MISC_ERROR, 'Rescan aborted by user.');
  if (scanned <= lowest) return results;
  const pruned = await chain.havePruned();
  return results.map((result, i) => {
    const stamp = stamps[i] as number;
    if (scanned <= stamp || result['error'] !== undefined) return result;
    const hint = pruned
      ? ' This error could be caused by pruning or data corruption (see bitcoind log for details) and could be dealt with by downloading and rescanning the relevant blocks (see -reindex option and rescanblockchain RPC).'
      : ' This error could potentially caused by data corruption. If the issue persists you may want to reindex (see -reindex option).';
    return {
      success: false,
      error: {
        code: RPC.MISC_ERROR,
        message: `Rescan failed for descriptor with timestamp ${stamp}. There was an error reading a block from time ${scanned - TIMESTAMP_WINDOW - 1}, which is after or within `
          + `${TIMESTAMP_WINDOW} seconds of key creation, and could contain transactions pertaining to the desc. As a result, transactions and coins using this desc may not appear in the wallet.${hint}`,
      },
    };
  });
}
