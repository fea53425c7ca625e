/** What is put behind the name of a wallet that is migrated, for the wallets that it becomes besides. */
export const BESIDE = { watchOnly: '_watchonly', solvables: '_solvables' } as const;
