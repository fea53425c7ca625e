import { CoinError } from '../../util/errors.ts';

/** Recording where no processes can be connected. @throws CoinError */
function noCalls(): never {
  throw new CoinError('usage', 'ipc-trace needs the connection between processes, and this program was built without it (--without-ipc).');
}

export { noCalls as printCalls, noCalls as recordCalls };
