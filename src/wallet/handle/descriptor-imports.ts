import type { DescriptorImport, ImportVerdict } from '../../../ipc-spec/wallet-types.ts';
import { isJsonObject, type JsonObject } from '../../util/json.ts';
import { importDescriptors } from '../rpc/import-descriptors.ts';
import type { Wallet } from '../wallet.ts';

/** A request as importdescriptors takes it: the rules are the same. */
function request(value: DescriptorImport): JsonObject {
  const { descriptor, active, internal, range, nextIndex, timestamp, label } = value;
  return {
    desc: descriptor, active, timestamp: timestamp ?? 'now', ...(internal === null ? {} : { internal }), ...(range === null ? {} : { range: [range.first, range.last] }),
    ...(nextIndex === null ? {} : { next_index: nextIndex }), ...(label === null ? {} : { label }),
  };
}

function verdict(result: JsonObject): ImportVerdict {
  const { success, error, warnings } = result;
  const failed = isJsonObject(error) ? error : {};
  return {
    ok: success === true, code: Number(failed['code'] ?? 0), error: typeof failed['message'] === 'string' ? failed['message'] : '',
    warnings: Array.isArray(warnings) ? warnings.map(String) : [],
  };
}

/** Adds descriptors and reads the chain for them. @throws RpcError */
export async function importValues(wallet: Wallet, values: readonly DescriptorImport[]): Promise<ImportVerdict[]> {
  return (await importDescriptors(wallet, values.map(request))).map(verdict);
}
