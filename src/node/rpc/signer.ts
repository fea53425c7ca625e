import type { ExternalSigner } from '../../../ipc-spec/external-signer.ts';
import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { dispose } from '../../util/dispose.ts';
import { RpcError } from '../../util/errors.ts';

export function signerMethods(deps: { readonly signers: () => Promise<ExternalSigner[] | null> }): RpcMethod[] {
  return [
    {
      name: 'enumeratesigners', category: 'signer', help: 'Lists the devices that the program of -signer finds, each once.', args: [],
      results: [{ type: 'object', fields: [{ type: 'array', key: 'signers', fields: [{ type: 'object', fields: [
        { type: 'hex', key: 'fingerprint', help: 'Fingerprint of its master key' }, { type: 'string', key: 'name', help: 'Its model' },
      ] }] }] }],
      examples: [''],
      handler: async () => {
        const signers = await deps.signers();
        if (signers === null) throw new RpcError(RPC.MISC_ERROR, 'Error: restart bitcoind with -signer=<cmd>');
        try {
          return { signers: await Promise.all(signers.map(async (signer) => ({ fingerprint: await signer.getFingerprint(), name: await signer.getName() }))) };
        } finally {
          // Those of another process are given back.
          for (const signer of signers) dispose(signer);
        }
      },
    },
  ];
}
