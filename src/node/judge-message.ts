import type { MessageProof, MessageVerdict } from '../../ipc-spec/inspect-types.ts';
import type { TxOut } from '../primitives/transaction.ts';
import { RPC } from '../rpc/errors.ts';
import type { ProvenOutput } from '../script/generic-message/funds.ts';
import { verifyGenericMessage } from '../script/generic-message/verify.ts';
import { type AddressParams, decodeDestination } from '../script/key-io.ts';
import { equalBytes } from '../util/bytes.ts';
import { RpcError } from '../util/errors.ts';

interface Surroundings {
  readonly params: AddressParams;
  /** The coin's line in front of messages that are signed the old way. */
  readonly magic: string;
  /** Unspent outputs of the chain. */
  readonly coins: { getCoin(txid: Uint8Array, vout: number): TxOut | undefined };
}

/** What the chain has of the outputs that a proof of funds names: they count where amount and script are as the proof says. */
function lookUp(proven: readonly ProvenOutput[], coins: Surroundings['coins']): MessageProof {
  let unspent = 0;
  let amount = 0;
  for (const { prevout, output } of proven) {
    const coin = coins.getCoin(prevout.txid, prevout.vout);
    if (coin === undefined || coin.value !== output.value || !equalBytes(coin.scriptPubKey, output.scriptPubKey)) continue;
    unspent += 1;
    amount += coin.value;
  }
  return { outputs: proven.length, unspent, amount };
}

/** Judges a signature of a message by an address of any kind. @throws RpcError -5 where it is no address of this network */
export function judgeMessage(address: string, signature: string, message: string, { params, magic, coins }: Surroundings): MessageVerdict {
  const decoded = decodeDestination(address, params);
  if (!decoded.ok) throw new RpcError(RPC.INVALID_ADDRESS_OR_KEY, 'Invalid address');
  const { proven, ...verdict } = verifyGenericMessage(decoded.destination, signature, message, magic);
  return proven === undefined ? verdict : { ...verdict, proof: lookUp(proven, coins) };
}
