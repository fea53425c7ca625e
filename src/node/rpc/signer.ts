import { RPC } from '../../rpc/errors.ts';
import type { RpcMethod } from '../../rpc/method.ts';
import { RpcError } from '../../util/errors.ts';
import type { ExternalSigners } from '../external-signers.ts';

export function signerMethods(deps: { readonly signers: ExternalSigners }): RpcMethod[] {
  return [
    {
      name: 'enumeratesigners', category: 'signer', help: 'Lists the devices that the program of -signer finds, each once.', args: [],
      results: [{ type: 'object', fields: [{ type: 'array', key: 'signers', fields: [{ type: 'object', fields: [
        { type: 'hex', key: 'fingerprint', help: 'Fingerprint of its master key' }, { type: 'string', key: 'name', help: 'Its model' },
      ] }] }] }],
      examples: [''],
      handler: async () => {
        const signers = await deps.signers.list();
        if (signers === null) throw new RpcError(RPC.MISC_ERROR, 'Error: restart bitcoind with -signer=<cmd>');
        return { signers: signers.map(({ fingerprint, name }) => ({ fingerprint, name })) };
      },
    },
  ];
}
