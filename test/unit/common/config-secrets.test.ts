import { describe, expect, it } from '@jest/globals';
import { ConfigSecrets } from '../../../src/common/config-secrets.ts';

const secrets = new ConfigSecrets(['rpcpassword', 'rpcauth', 'torpassword']);
const TEXT = 'server=1\nrpcpassword=one\n[regtest]\n#rpcauth = two # old\nmain.torpassword=three\r\nnorpcauth=1\nrpcpassword=\nuacomment=x\nwalletnotify=curl -d rpcpassword=four';

describe('secrets of a configuration', () => {
  it('are replaced by numbers, also in comments and within other values', () => {
    expect(secrets.hide(TEXT)).toEqual({
      hidden: 5,
      text: 'server=1\nrpcpassword=****1\n[regtest]\n#rpcauth = ****2\nmain.torpassword=****3\r\nnorpcauth=****4\nrpcpassword=\nuacomment=x\nwalletnotify=curl -d rpcpassword=****5',
    });
    expect(secrets.hide('RpcPassword=x', () => '****').text).toBe('RpcPassword=****');
  });

  it('come back where they were, wherever the lines have gone', () => {
    const lf = TEXT.replace('\r', '');
    expect(secrets.restore(secrets.hide(lf).text, lf)).toEqual({ text: lf, strays: [] });
    expect(secrets.restore('rpcauth=****3\n[test]\nrpcpassword=****1\nrpcpassword=new', lf)).toEqual({ text: 'rpcauth=three\n[test]\nrpcpassword=one\nrpcpassword=new', strays: [] });
  });

  it('do not go where they do not belong, and a number that none has stands for nothing', () => {
    expect(secrets.restore('uacomment=****1\nrpcpassword=****9\nrpcpassword=x****1', 'rpcpassword=one')).toEqual({ text: 'uacomment=****1\nrpcpassword=****9\nrpcpassword=x****1', strays: [1, 2, 3] });
  });
});
