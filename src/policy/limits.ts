/** Limits of relay policy (reference: policy/policy.h and others). Weights in weight units, sizes in virtual bytes. */
export const MAX_STANDARD_TX_WEIGHT = 400_000;
export const MIN_STANDARD_TX_NONWITNESS_SIZE = 65;
export const MAX_P2SH_SIGOPS = 15;
export const MAX_STANDARD_TX_SIGOPS_COST = 16_000;
/** Legacy signature operations that one transaction may run (BIP 54). */
export const MAX_TX_LEGACY_SIGOPS = 2_500;
export const DEFAULT_BYTES_PER_SIGOP = 20;
export const MAX_STANDARD_P2WSH_STACK_ITEMS = 100;
export const MAX_STANDARD_P2WSH_STACK_ITEM_SIZE = 80;
export const MAX_STANDARD_TAPSCRIPT_STACK_ITEM_SIZE = 80;
export const MAX_STANDARD_P2WSH_SCRIPT_SIZE = 3_600;
export const MAX_STANDARD_SCRIPTSIG_SIZE = 1_650;
export const TX_MIN_STANDARD_VERSION = 1;
export const TX_MAX_STANDARD_VERSION = 3;
export const MAX_DUST_OUTPUTS_PER_TX = 1;
export const MAX_REPLACEMENT_CANDIDATES = 100;
export const MAX_PACKAGE_COUNT = 25;
export const MAX_PACKAGE_WEIGHT = 404_000;
export const TRUC_VERSION = 3;
export const TRUC_ANCESTOR_LIMIT = 2;
export const TRUC_DESCENDANT_LIMIT = 2;
export const TRUC_MAX_VSIZE = 10_000;
export const TRUC_CHILD_MAX_VSIZE = 1_000;

export const DEFAULT_CLUSTER_LIMIT = 64;
/** Largest value that -limitclustercount may have. */
export const MAX_CLUSTER_COUNT_LIMIT = 64;
export const DEFAULT_CLUSTER_SIZE_LIMIT_KVB = 101;
export const DEFAULT_ANCESTOR_LIMIT = 25;
export const DEFAULT_DESCENDANT_LIMIT = 25;

/** Virtual bytes of a weight and a signature operation cost: whichever asks for more. */
export function virtualSize(weight: number, sigopCost = 0, bytesPerSigop = 0): number {
  return Math.ceil(Math.max(weight, sigopCost * bytesPerSigop) / 4);
}
