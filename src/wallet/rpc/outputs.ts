import { RPC } from '../../rpc/errors.ts';
import { hexArg } from '../../rpc/arguments.ts';
import { OP } from '../../script/opcodes.ts';
import { pushData } from '../../script/script.ts';
import { parseAmount } from '../../util/amount.ts';
import { concatBytes, toKey } from '../../util/bytes.ts';
import { RpcError } from '../../util/errors.ts';
import { type Json, jsonTypeName } from '../../util/json.ts';
import type { Recipient } from '../spend/create-transaction.ts';
import type { Wallet } from '../wallet.ts';

/** Key and value of each output, in the order given. */
export type OutputPairs = readonly (readonly [string, Json])[];

/** Payments of `address: amount` pairs, or `data: hex`. @throws RpcError -3, -5, -8 */
export function parseOutputs(wallet: Wallet, pairs: OutputPairs): { scriptPubKey: Uint8Array; amount: number }[] {
  const seen = new Set<string>();
  let hasData = false;
  return pairs.map(([name, value]) => {
    if (name === 'data') {
      if (hasData) throw new RpcError(RPC.INVALID_PARAMETER, 'Invalid parameter, duplicate key: data');
      hasData = true;
      return { scriptPubKey: concatBytes(Uint8Array.of(OP.OP_RETURN), pushData(hexArg(value, 'Data'))), amount: 0 };
    }
    const scriptPubKey = wallet.addresses.scriptOf(name);
    const amount = parseAmount(value);
    if (scriptPubKey === null) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, `Invalid Bitcoin address: ${name}`);
    const key = toKey(scriptPubKey);
    if (seen.has(key)) throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter, duplicated address: ${name}`);
    seen.add(key);
    return { scriptPubKey, amount };
  });
}

/** Positions of the outputs that pay the fee: named by place or by address. @throws RpcError -8 */
export function subtractFeePositions(value: Json | undefined, names: readonly string[]): Set<number> {
  const positions = new Set<number>();
  if (!Array.isArray(value)) return positions;
  const fault = (text: string): never => { throw new RpcError(RPC.INVALID_PARAMETER, `Invalid parameter 'subtract fee from output', ${text}`); };
  for (const item of value) {
    let position: number;
    if (typeof item === 'string') {
      position = names.indexOf(item);
      if (position < 0) fault(`destination ${item} not found in tx outputs`);
    } else if (typeof item === 'number') {
      position = item;
    } else {
      return fault(`invalid value type: ${jsonTypeName(item)}`);
    }
    if (positions.has(position)) fault(`duplicated position: ${position}`);
    if (position < 0) fault(`negative position: ${position}`);
    if (position >= names.length) fault(`position too large: ${position}`);
    positions.add(position);
  }
  return positions;
}

export function toRecipients(outputs: readonly { scriptPubKey: Uint8Array; amount: number }[], feePayers: ReadonlySet<number>): Recipient[] {
  return outputs.map((output, i) => ({ ...output, subtractFee: feePayers.has(i) }));
}
