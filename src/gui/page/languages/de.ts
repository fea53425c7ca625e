import type { Dictionary } from '../i18n.ts';

/** German. */
export const GERMAN: Dictionary = {};
