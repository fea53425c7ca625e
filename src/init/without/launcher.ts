import { InitError } from '../../util/errors.ts';

/** Stands for the launcher in a build without wallet or without connections between processes: what it keeps apart is not there. */
function refuse(): never {
  throw new InitError('-sandbox=all needs the wallet in a process of its own, and this program was built without (--without-wallet or --without-ipc).');
}

export const LauncherLink = { open: refuse };
export const PageLauncherLink = { open: refuse };
export { refuse as launch, refuse as launchGui };
