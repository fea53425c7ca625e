import { InitError } from '../../util/errors.ts';

/** Stands for what a build has left out, and is not reached: the names that lead here have been refused before. */
function leftOut(): never {
  throw new InitError('This program was built without that part.');
}

export { leftOut as nodeToShow, leftOut as run, leftOut as serveInterface, leftOut as showRunningNode, leftOut as spawnNodeHost, leftOut as walletInChild };
