// Everything about codes but for drawing them: a script of its own, that is fetched when somebody needs it.
import { bbqrCodes } from './bbqr.ts';
import { cborBytes } from './cbor.ts';
import { UrSender } from './ur.ts';

export { CodeReceiver } from './receiver.ts';
export { followCamera, readPicture } from './scan.ts';

/** A row of codes that carries something. */
export interface CodeRow {
  /** So many hold all of it. */
  readonly count: number;
  /** The text of a code, from 1 on, without end. */
  code(number: number): Promise<string>;
}

/**
 * A PSBT as a row of codes. `ur`: uniform resources of type crypto-psbt, `bbqr`: BBQr. @param most bytes that one code may carry
 * @throws CodeError where it is too large
 */
export function psbtCodes(psbt: Uint8Array, format: 'ur' | 'bbqr', most: number): CodeRow {
  if (format === 'ur') {
    const sender = new UrSender('crypto-psbt', cborBytes(psbt), most);
    return { count: sender.count, code: (number) => sender.part(number) };
  }
  const codes = bbqrCodes(psbt, 'P', most);
  return { count: codes.length, code: (number) => Promise.resolve(codes[(number - 1) % codes.length] ?? '') };
}
