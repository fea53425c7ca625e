import { intArg, stringArg } from '../../rpc/arguments.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { RpcError } from '../../util/errors.ts';
import type { WalletContext } from '../context.ts';
import { signWithAddress } from '../sign-message.ts';
import type { Wallet } from '../wallet.ts';
import { walletFor } from './util.ts';

/** About three years; longer waits are cut to it. */
const MAX_UNLOCK_SEC = 100_000_000;

function ensureEncrypted(wallet: Wallet, method: string): void {
  if (!wallet.keys.hasEncryptionKeys) {
    throw new RpcError(RPC.WALLET_WRONG_ENC_STATE, `Error: running with an unencrypted wallet, but ${method} was called.`);
  }
}

function ensureNotScanning(wallet: Wallet, doing: string): void {
  if (wallet.scan?.withPassphrase === true) {
    throw new RpcError(RPC.WALLET_ERROR, `Error: the wallet is currently being used to rescan the blockchain for related transactions. Please call \`abortrescan\` before ${doing}.`);
  }
}

/** Very old software cut passphrases at a zero byte: who has one in it should know. */
function wrongPassphrase(passphrase: string, before: string, after: string): RpcError {
  return new RpcError(RPC.WALLET_PASSPHRASE_INCORRECT, passphrase.includes('\0') ? before + after : 'Error: The wallet passphrase entered was incorrect.');
}

export function encryptionMethods(context: WalletContext): RpcMethod[] {
  return [
    {
      name: 'walletpassphrase', category: 'wallet', help: 'Unlocks an encrypted wallet for a while. A call while it is unlocked sets a new end.',
      args: [
        { name: 'passphrase', type: 'string', help: 'The passphrase' },
        { name: 'timeout', type: 'numeric', help: 'Seconds until it locks again, at most 100000000' },
      ],
      results: [{ type: 'none' }],
      examples: ['"my pass phrase" 60'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        ensureEncrypted(wallet, 'walletpassphrase');
        const passphrase = stringArg(request.params[0]);
        const seconds = intArg(request.params[1]);
        if (seconds < 0) throw new RpcError(RPC.INVALID_PARAMETER, 'Timeout cannot be negative.');
        if (passphrase === '') throw new RpcError(RPC.INVALID_PARAMETER, 'passphrase cannot be empty');
        if (!wallet.unlock(passphrase)) {
          throw wrongPassphrase(passphrase, 'Error: The wallet passphrase entered is incorrect. It contains a null character (ie - a zero byte). '
            + 'If the passphrase was set with a version of this software prior to 25.0, please try again with only the characters up to — but not including — '
            + 'the first null character.', ' If this is successful, please set a new passphrase to avoid this issue in the future.');
        }
        wallet.keys.topUp();
        wallet.lockAfter(Math.min(seconds, MAX_UNLOCK_SEC));
        return null;
      },
    },
    {
      name: 'walletpassphrasechange', category: 'wallet', help: 'Changes the passphrase of an encrypted wallet.',
      args: [
        { name: 'oldpassphrase', type: 'string', help: 'The passphrase so far' },
        { name: 'newpassphrase', type: 'string', help: 'The new one' },
      ],
      results: [{ type: 'none' }],
      examples: ['"old one" "new one"'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        ensureEncrypted(wallet, 'walletpassphrasechange');
        ensureNotScanning(wallet, 'changing the passphrase');
        const before = stringArg(request.params[0]);
        const after = stringArg(request.params[1]);
        if (before === '' || after === '') throw new RpcError(RPC.INVALID_PARAMETER, 'passphrase cannot be empty');
        if (!wallet.keys.changePassphrase(before, after)) {
          throw wrongPassphrase(before, 'Error: The old wallet passphrase entered is incorrect. It contains a null character (ie - a zero byte). '
            + 'If the old passphrase was set with a version of this software prior to 25.0, please try again with only the characters up to — but not including — '
            + 'the first null character.', '');
        }
        return null;
      },
    },
    {
      name: 'walletlock', category: 'wallet', help: 'Locks an encrypted wallet: its keys can only be used after walletpassphrase.', args: [],
      results: [{ type: 'none' }],
      examples: [''],
      handler: (request) => {
        const wallet = walletFor(context, request);
        ensureEncrypted(wallet, 'walletlock');
        ensureNotScanning(wallet, 'locking the wallet');
        wallet.lock();
        return null;
      },
    },
    {
      name: 'encryptwallet', category: 'wallet',
      help: 'Encrypts the wallet for the first time. From then on, whatever needs private keys needs walletpassphrase first. '
        + 'New keys are made in the course of it: make a new backup afterwards.',
      args: [{ name: 'passphrase', type: 'string', help: 'The passphrase; at least one character, better many' }],
      results: [{ type: 'string', help: 'What to do next' }],
      examples: ['"my pass phrase"'],
      handler: (request) => {
        const wallet = walletFor(context, request);
        if (wallet.privateKeysDisabled) throw new RpcError(RPC.WALLET_ENCRYPTION_FAILED, 'Error: wallet does not contain private keys, nothing to encrypt.');
        if (wallet.keys.hasEncryptionKeys) throw new RpcError(RPC.WALLET_WRONG_ENC_STATE, 'Error: running with an encrypted wallet, but encryptwallet was called.');
        ensureNotScanning(wallet, 'encrypting the wallet');
        const passphrase = stringArg(request.params[0]);
        if (passphrase === '') throw new RpcError(RPC.INVALID_PARAMETER, 'passphrase cannot be empty');
        wallet.encrypt(passphrase);
        return 'wallet encrypted; The keypool has been flushed and a new HD seed was generated. You need to make a new backup with the backupwallet RPC.';
      },
    },
    {
      name: 'signmessage', category: 'wallet', help: 'Signs a message with the key of an address.\nAn encrypted wallet must have been unlocked with walletpassphrase.',
      args: [
        { name: 'address', type: 'string', help: 'Address of the kind that begins with a key hash' },
        { name: 'message', type: 'string', help: 'The message' },
      ],
      results: [{ type: 'string', key: 'signature', help: 'The signature in base 64' }],
      examples: ['"address" "my message"'],
      handler: (request) => signWithAddress(walletFor(context, request), stringArg(request.params[0]), stringArg(request.params[1])),
    },
  ];
}
