import { describe, expect, it } from '@jest/globals';
import type { ToolOutcome } from '../../../src/common/tool-start.ts';
import { execute } from '../../../src/init/tx.ts';
import { builtinCoin } from '../../../src/params/builtin-coins.ts';
import { describeVectors, readVector, readVectorJson } from '../../support/vectors.ts';

function tx(argv: readonly string[], stdin = ''): ToolOutcome {
  const coin = builtinCoin('bitcoin');
  if (coin === undefined) throw new Error('no coin');
  return execute({ role: 'tx', monolithic: true, coin, ownSpec: null, executable: '/nonexistent/coin', oneFile: null, argv, exeName: 'bitcoin-tx', scriptPath: '/nonexistent/bitcoin-tx' }, () => stdin);
}

const EMPTY_TX = '02000000000000000000';

describe('coin-tx', () => {
  it('makes, changes and shows transactions', () => {
    expect(tx(['-create'])).toEqual({ code: 0, stdout: `${EMPTY_TX}\n`, stderr: '' });
    expect(tx([EMPTY_TX, 'locktime=1'])).toEqual({ code: 0, stdout: '02000000000001000000\n', stderr: '' });
    expect(tx(['-', 'locktime=1'], `${EMPTY_TX}\n`).stdout).toBe('02000000000001000000\n');
    expect(JSON.parse(tx(['-json', '-create', 'nversion=1']).stdout)).toMatchObject({ version: 1, vin: [], vout: [] });
    expect(tx(['-txid', '-create']).stdout).toBe('4ebd325a4b394cff8c57e8317ccf5a8d0e2bdf1b8526f8aad6c8e43d8240621a\n');
  });

  it('reads registers', () => {
    expect(tx(['-create', 'set=x']).stderr).toBe('error: Register input requires NAME:VALUE\n');
    expect(tx(['-create', 'set=x:{']).stderr).toBe('error: Cannot parse JSON for key x\n');
    expect(tx(['-create', 'load=x:/nonexistent']).stderr).toBe('error: Cannot open file /nonexistent\n');
    expect(tx(['-create', 'set=privatekeys:[]', 'set=prevtxs:[]', 'sign=ALL']).stdout).toBe(`${EMPTY_TX}\n`);
  });

  it('says what is wrong', () => {
    expect(tx(['-nosuch'])).toMatchObject({ code: 1, stderr: 'Error parsing command line arguments: Invalid parameter -nosuch\n' });
    expect(tx([])).toMatchObject({ code: 1, stderr: 'Error: too few parameters\n' });
    expect(tx(['-json'])).toMatchObject({ code: 1, stderr: 'error: too few parameters\n' });
    expect(tx(['zz'])).toMatchObject({ code: 1, stderr: 'error: invalid transaction encoding\n' });
    expect(tx(['-create', 'fly'])).toMatchObject({ code: 1, stderr: 'error: unknown command\n' });
  });
});

interface Case {
  readonly exec: string; readonly args: readonly string[]; readonly input?: string; readonly output_cmp?: string; readonly return_code?: number;
  readonly error_txt?: string; readonly description: string;
}

describeVectors('coin-tx, published cases', () => {
  for (const one of readVectorJson<Case[]>('coin-tx/bitcoin-util-test.json').filter(({ exec }) => exec.endsWith('bitcoin-tx'))) {
    it(`${one.description} (${one.args.join(' ').slice(0, 60)})`, () => {
      const { code, stdout, stderr } = tx(one.args, one.input === undefined ? '' : readVector(`coin-tx/${one.input}`));
      expect(code).toBe(one.return_code ?? 0);
      if (one.output_cmp !== undefined) expect(stdout).toBe(readVector(`coin-tx/${one.output_cmp}`));
      if (one.error_txt === undefined) expect(stderr).toBe('');
      else expect(stderr).toContain(one.error_txt);
    });
  }
});
