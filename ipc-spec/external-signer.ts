/** A device, or a program for one, that signs. */
export interface ExternalSigner {
  /** Its name as people know it. @ordinal 0 */
  getName(): Promise<string>;
}
