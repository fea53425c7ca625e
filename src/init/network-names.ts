const SECTIONS: ReadonlySet<string> = new Set(['main', 'test', 'testnet4', 'signet', 'regtest']);

/** Whether a section of a configuration file is one that means something. */
export function isPubliclyKnownNetwork(name: string): boolean {
  return SECTIONS.has(name);
}
