import { hashFromHex } from '../util/bytes.ts';
import { CoinSpecError, type SpecReader } from './spec-reader.ts';

/** Coinbases pay listed keys only. */
export interface CoinbaseAllowList {
  /** From this height on the rule no longer holds. */
  readonly belowHeight: number;
  /** Satoshi: no output with a value may have less. */
  readonly minOutputValue: number;
  /** This coinbase (network order) may pay anybody. */
  readonly exemptTxid: Uint8Array;
  /** Hex of the key hashes (hash160) that may be paid. */
  readonly pubkeyHashes: ReadonlySet<string>;
}

/** Blocks carry a solution to the network's challenge, taproot included, outside of signet too. */
export interface BlockAuthorisation {
  readonly fromHeight: number;
}

/** Another spacing before some height, and tighter limits for a retarget after another. */
export interface SpacingChange {
  /** First height with the spacing and the interval of the network. */
  readonly height: number;
  /** Seconds and blocks before it. */
  readonly spacingBefore: number;
  readonly intervalBefore: number;
  /** A block this many spacings after its parent may be easy, where the network allows it. */
  readonly slowBlockSpacings: number;
  /** From `height` on a retarget counts at least `min` and at most `max` seconds. */
  readonly clamp: { readonly height: number; readonly min: number; readonly max: number } | null;
}

/** A subsidy that falls by a twentieth each interval, a tenth of it set aside, until the fiftieth cut. Satoshi and blocks. */
export interface FallingSubsidy {
  /** Of the block at height 1. */
  readonly secondBlock: number;
  readonly start: number;
  readonly intervalBefore: number;
  /** From here on blocks are two and a half times as far apart and as rich. */
  readonly changeHeight: number;
  readonly intervalAfter: number;
  /** After the change intervals are counted from the first block again, not from where they were. */
  readonly restartInterval: boolean;
}

/** Merged mining: a block may show work that was done for another chain's block which names it. */
export interface AuxPowRule {
  readonly chainId: number;
  /** As the version carried it below `chainIdHeight`. */
  readonly oldChainId: number;
  /** From here on the version carries `chainId`. */
  readonly chainIdHeight: number;
  /** Parents may not be of this chain. */
  readonly strictChainId: boolean;
  /** From here on no block has version 1. */
  readonly legacyBelow: number;
  /** From here on the parent's coinbase names a recent block of ours. */
  readonly tagHeight: number;
}

/** Rules beyond parameters, that a spec switches on by name. What is undefined is off. */
export interface NamedRules {
  readonly coinbaseAllowList?: CoinbaseAllowList;
  readonly blockAuthorisation?: BlockAuthorisation;
  /** Every block may be as easy as the network allows, whatever its parent was. */
  readonly easiestDifficulty?: true;
  /** Transactions may repeat those with unspent outputs (no BIP 30). */
  readonly uncheckedDuplicates?: true;
  readonly spacingChange?: SpacingChange;
  readonly fallingSubsidy?: FallingSubsidy;
  readonly auxpow?: AuxPowRule;
  /** The work is that of scrypt(1024, 1, 1) over the header, not that of its hash. */
  readonly scryptWork?: true;
  /** Deployments whose rules this version does not have: the chain is followed up to the first block for which one is active. */
  readonly unbuiltDeployments?: readonly string[];
}

const NAMES = ['coinbase_allow_list', 'block_authorisation', 'easiest_difficulty', 'unchecked_duplicates', 'spacing_change', 'falling_subsidy', 'auxpow', 'scrypt_work', 'unbuilt_deployments'] as const;

function readAllowList(r: SpecReader): CoinbaseAllowList {
  return {
    belowHeight: r.int('below_height'),
    minOutputValue: r.int('min_output_value'),
    exemptTxid: hashFromHex(r.hex('exempt_txid', 32)),
    pubkeyHashes: new Set(r.list('pubkey_hashes', (value, path) => {
      if (typeof value !== 'string' || !/^[0-9a-f]{40}$/.test(value)) throw new CoinSpecError(path, '20 bytes of hex');
      return value;
    })),
  };
}

function readSpacingChange(r: SpecReader): SpacingChange {
  return {
    height: r.int('height'),
    spacingBefore: r.int('spacing_before', 1),
    intervalBefore: r.int('interval_before', 1),
    slowBlockSpacings: r.int('slow_block_spacings', 1),
    clamp: r.has('clamp_height') ? { height: r.int('clamp_height'), min: r.int('clamp_min', 1), max: r.int('clamp_max', 1) } : null,
  };
}

function readFallingSubsidy(r: SpecReader): FallingSubsidy {
  return {
    secondBlock: r.amount('second_block'),
    start: r.int('start'),
    intervalBefore: r.int('interval_before', 1),
    changeHeight: r.int('change_height'),
    intervalAfter: r.int('interval_after', 1),
    restartInterval: r.bool('restart_interval'),
  };
}

function readAuxPowRule(r: SpecReader): AuxPowRule {
  return {
    chainId: r.int('chain_id', 1, 31),
    oldChainId: r.int('old_chain_id', 1, 0x1fff),
    chainIdHeight: r.int('chain_id_height'),
    strictChainId: r.bool('strict_chain_id'),
    legacyBelow: r.int('legacy_below'),
    tagHeight: r.int('tag_height'),
  };
}

function onlyTrue(r: SpecReader, name: string): true {
  if (r.raw(name) !== true) r.fail(name, 'true');
  return true;
}

/** Reads the rules that a network switches on. @throws CoinSpecError, for an unknown name too */
export function readRules(r: SpecReader): NamedRules {
  const rules: { -readonly [K in keyof NamedRules]: NamedRules[K] } = {};
  for (const name of r.keys()) {
    switch (NAMES.find((known) => known === name)) {
      case 'coinbase_allow_list': rules.coinbaseAllowList = r.part(name, readAllowList); break;
      case 'block_authorisation': rules.blockAuthorisation = r.part(name, (one) => ({ fromHeight: one.int('from_height') })); break;
      case 'easiest_difficulty': rules.easiestDifficulty = onlyTrue(r, name); break;
      case 'unchecked_duplicates': rules.uncheckedDuplicates = onlyTrue(r, name); break;
      case 'spacing_change': rules.spacingChange = r.part(name, readSpacingChange); break;
      case 'falling_subsidy': rules.fallingSubsidy = r.part(name, readFallingSubsidy); break;
      case 'auxpow': rules.auxpow = r.part(name, readAuxPowRule); break;
      case 'scrypt_work': rules.scryptWork = onlyTrue(r, name); break;
      case 'unbuilt_deployments':
        rules.unbuiltDeployments = r.list(name, (value, path) => {
          if (typeof value !== 'string') throw new CoinSpecError(path, 'the name of a deployment');
          return value;
        });
        break;
      case undefined: throw new CoinSpecError(r.at(name), `a rule: one of ${NAMES.join(', ')}`);
    }
  }
  return rules;
}
