import type { AddressParams } from '../script/key-io.ts';
import { inferDescriptor } from '../script/descriptor/infer.ts';
import { SigningProvider } from '../script/signing-provider.ts';
import type { Json } from '../util/json.ts';
import { scanObjectExpansions } from './descriptor-arguments.ts';

/** A script that a scan looks for, and the descriptor by which it is reported. */
export interface ScannedScript {
  readonly script: Uint8Array;
  readonly descriptor: string;
}

/** All scripts of a scan object. @throws RpcError -5, -8 */
export function scanObjectScripts(object: Json, params: AddressParams): ScannedScript[] {
  const out: ScannedScript[] = [];
  for (const { expansion } of scanObjectExpansions(object, params, new SigningProvider())) {
    for (const script of expansion.scripts) out.push({ script, descriptor: inferDescriptor(script, expansion.provider, params).toString() });
  }
  return out;
}
