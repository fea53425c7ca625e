import { describe, expect, it } from '@jest/globals';
import { checkBlockInContext } from '../../../../src/consensus/block-check.ts';
import { checkBlockAuthorisation } from '../../../../src/consensus/rules/block-authorisation.ts';
import { checkCoinbaseAllowList } from '../../../../src/consensus/rules/coinbase-allow-list.ts';
import { checkSignetSolution, signetTransactions } from '../../../../src/consensus/signet.ts';
import { WITNESS_COMMITMENT_HEADER } from '../../../../src/consensus/witness-commitment.ts';
import { publicKey, schnorrSign } from '../../../../src/crypto/secp256k1.ts';
import { builtinCoin } from '../../../../src/params/builtin-coins.ts';
import type { ConsensusParams, Network } from '../../../../src/params/chain-params.ts';
import { Block, BlockHeader } from '../../../../src/primitives/block.ts';
import { Transaction } from '../../../../src/primitives/transaction.ts';
import { pushData, pushNumber } from '../../../../src/script/script.ts';
import { PrecomputedTxData, taprootSigHash } from '../../../../src/script/sighash.ts';
import { concatBytes, fromHex } from '../../../../src/util/bytes.ts';
import { Writer } from '../../../../src/util/writer.ts';

const HEIGHT = 952_446;

function bdtcoin(network: Network): ConsensusParams {
  const params = builtinCoin('bdtcoin')?.networks.get(network);
  if (params === undefined) throw new Error(`no bdtcoin ${network}`);
  return params.consensus;
}

function payTo(hash: Uint8Array): Uint8Array {
  return concatBytes(fromHex('76a914'), hash, fromHex('88ac'));
}

function coinbase(outputs: readonly { value: number; scriptPubKey: Uint8Array }[], height = HEIGHT): Transaction {
  return new Transaction({
    version: 2, locktime: 0, outputs,
    inputs: [{ prevout: { txid: new Uint8Array(32), vout: 0xffffffff }, scriptSig: concatBytes(pushNumber(height), Uint8Array.of(0)), sequence: 0xffffffff, witness: [] }],
  });
}

describe('coinbase_allow_list', () => {
  const rule = bdtcoin('main').rules.coinbaseAllowList;
  if (rule === undefined) throw new Error('no rule');
  const listed = payTo(fromHex([...rule.pubkeyHashes][0] ?? ''));
  const other = payTo(new Uint8Array(20).fill(7));
  const reasonOf = (outputs: { value: number; scriptPubKey: Uint8Array }[], height = HEIGHT - 1): string => checkCoinbaseAllowList(coinbase(outputs), height, rule).reason;

  it('lets listed keys be paid, and outputs without a value be anything', () => {
    expect(reasonOf([{ value: 50e8, scriptPubKey: listed }, { value: 0, scriptPubKey: other }])).toBe('');
  });

  it('refuses any other key, script or too small an amount as bad-pop', () => {
    expect(reasonOf([{ value: 50e8, scriptPubKey: other }])).toBe('bad-pop');
    expect(reasonOf([{ value: 50e8, scriptPubKey: Uint8Array.of(0x51) }])).toBe('bad-pop');
    expect(reasonOf([{ value: 25e8, scriptPubKey: listed }, { value: 25e8 - 1, scriptPubKey: listed }])).toBe('bad-pop');
    expect(reasonOf([{ value: 25e8, scriptPubKey: listed }, { value: 25e8, scriptPubKey: listed }])).toBe('');
  });

  it('ends where authorisation begins', () => {
    expect(reasonOf([{ value: 50e8, scriptPubKey: other }], HEIGHT - 1)).toBe('bad-pop');
    expect(reasonOf([{ value: 50e8, scriptPubKey: other }], HEIGHT)).toBe('');
  });

  it('exempts the coinbase that the spec names', () => {
    const exempt = coinbase([{ value: 50e8, scriptPubKey: other }]);
    expect(checkCoinbaseAllowList(exempt, 1, { ...rule, exemptTxid: exempt.txid }).reason).toBe('');
  });

  it('is on for the test networks, where nobody is listed, and off on our regtest', () => {
    expect(bdtcoin('test').rules.coinbaseAllowList?.pubkeyHashes.size).toBe(0);
    expect(bdtcoin('regtest').rules.coinbaseAllowList).toBeUndefined();
  });
});

describe('block_authorisation', () => {
  const key = new Uint8Array(32).fill(9);
  const challenge = concatBytes(Uint8Array.of(0x51, 0x20), publicKey(key).slice(1));
  const consensus: ConsensusParams = { ...bdtcoin('main'), signetChallenge: challenge };

  /** A block with a solution of `witness`; none where it is undefined. */
  function block(witness?: readonly Uint8Array[]): Block {
    const solution = new Writer();
    if (witness !== undefined) {
      solution.compactSize(0).compactSize(witness.length);
      for (const item of witness) solution.varBytes(item);
    }
    const commitment = concatBytes(WITNESS_COMMITMENT_HEADER, new Uint8Array(32), witness === undefined ? new Uint8Array(0) : pushData(concatBytes(fromHex('ecc7daa2'), solution.finish())));
    const tx = coinbase([{ value: 1e8, scriptPubKey: Uint8Array.of(0x51) }, { value: 0, scriptPubKey: commitment }]);
    return new Block(new BlockHeader({ version: 4, prevHash: new Uint8Array(32), merkleRoot: tx.txid, time: 1_700_000_000, bits: 0x207fffff, nonce: 0 }), [tx]);
  }

  function signed(): Block {
    const pair = signetTransactions(block([]), challenge);
    if (pair === null) throw new Error('no pair');
    // The signature signs what stands there without it.
    const hash = taprootSigHash(0, 0, new PrecomputedTxData(pair.spending, pair.toSpend.outputs), null, null);
    if (hash === null) throw new Error('no hash');
    return block([schnorrSign(hash, key, new Uint8Array(32))]);
  }

  it('takes a block that the output key of the challenge has signed', () => {
    expect(checkBlockAuthorisation(signed(), HEIGHT, consensus).ok).toBe(true);
  });

  it('refuses a block without a solution or with a wrong one, which BIP 325 alone would let pass', () => {
    const wrong = block([new Uint8Array(64).fill(1)]);
    expect(checkSignetSolution(wrong, challenge)).toBe(true);
    expect(checkBlockAuthorisation(wrong, HEIGHT, consensus).reason).toBe('bad-signet-blksig');
    expect(checkBlockAuthorisation(block(), HEIGHT, consensus).reason).toBe('bad-signet-blksig');
  });

  it('begins at its height', () => {
    expect(checkBlockAuthorisation(block(), HEIGHT - 1, consensus).ok).toBe(true);
  });

  it('is checked with a block in its place', () => {
    const parent = { height: HEIGHT - 1, time: 1_699_999_000, bits: 0x207fffff, prev: null, medianTimePast: 1_699_990_000, ancestor: () => null };
    expect(checkBlockInContext(block(), parent, consensus).reason).toBe('bad-signet-blksig');
    expect(checkBlockInContext(block(), parent, { ...consensus, rules: {} }).reason).not.toBe('bad-signet-blksig');
  });

  it('holds from the first block of the coin\'s signet', () => {
    expect(bdtcoin('signet').rules.blockAuthorisation).toEqual({ fromHeight: 1 });
  });
});
