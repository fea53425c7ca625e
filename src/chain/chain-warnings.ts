/** Bits of a version that are for deployments, from the lowest; miners may set others as they like (as in the reference's versionbits.h). */
export const DEPLOYMENT_BITS = 5;

/** There is a chain with more work that is invalid: bad for one of the two sides. */
export const FORK_WARNING = 'Found invalid chain more than 6 blocks longer than our best chain. This could be due to database corruption or consensus incompatibility with peers.';

/** What the user is told of it. */
export const FORK_ALERT = `Warning: ${FORK_WARNING}`;

/** Rules are in force that this program does not know. */
export function unknownRulesWarning(bit: number): string { return `Unknown new rules activated (versionbit ${bit})`; }

/** Whether the chain warns in these words. */
export function isChainAlert(text: string): boolean {
  return text === FORK_ALERT || Array.from({ length: DEPLOYMENT_BITS }, (_, bit) => unknownRulesWarning(bit)).includes(text);
}
