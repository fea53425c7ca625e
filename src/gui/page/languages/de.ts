import type { Dictionary } from '../i18n.ts';
import { GERMAN_CONFIGURATION } from './de-configuration.ts';
import { GERMAN_NODE } from './de-node.ts';
import { GERMAN_PROGRAM } from './de-program.ts';
import { GERMAN_WALLET } from './de-wallet.ts';

/** German: a script of its own. */
export const TEXTS: Dictionary = { ...GERMAN_PROGRAM, ...GERMAN_NODE, ...GERMAN_CONFIGURATION, ...GERMAN_WALLET };
