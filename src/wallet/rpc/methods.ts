import type { RpcMethod } from '../../rpc/method.ts';
import type { WalletContext } from '../context.ts';
import { addressMethods } from './addresses.ts';
import { backupMethods } from './backup.ts';
import { bumpMethods } from './bump.ts';
import { coinMethods } from './coins.ts';
import { encryptionMethods } from './encryption.ts';
import { hdKeyMethods } from './hd-keys.ts';
import { psbtMethods } from './psbt.ts';
import { rawMethods } from './raw.ts';
import { sendMethods } from './send.ts';
import { sendAllMethods } from './sendall.ts';
import { transactionMethods } from './transactions.ts';
import { walletMethods } from './wallets.ts';

/** Every RPC method of the wallet. */
export function walletRpcMethods(context: WalletContext): RpcMethod[] {
  return [
    ...walletMethods(context), ...addressMethods(context), ...coinMethods(context), ...transactionMethods(context), ...encryptionMethods(context),
    ...backupMethods(context), ...hdKeyMethods(context), ...sendMethods(context), ...bumpMethods(context), ...rawMethods(context), ...psbtMethods(context), ...sendAllMethods(context),
  ];
}
