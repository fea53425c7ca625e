/** Descriptors of one account of a device. */
export interface SignerDescriptors {
  /** For addresses to be paid at. */
  readonly receive: readonly string[];
  /** For change. */
  readonly internal: readonly string[];
}

/** What a device made of a PSBT. */
export interface SignedByDevice {
  /** null where it has not signed. */
  readonly psbt: Uint8Array | null;
  /** Why it has not; else empty. */
  readonly error: string;
}

/** A device that signs, behind the program that the user has named. The program is run for each call, and may wait for the user. */
export interface ExternalSigner {
  /** Its name as people know it. @ordinal 0 */
  getName(): Promise<string>;
  /** Of its master key: 8 hex digits. @ordinal 1 */
  getFingerprint(): Promise<string>;
  /** @ordinal 2 @waits @throws RpcError */
  getDescriptors(account: number): Promise<SignerDescriptors>;
  /** Shows the address of a descriptor, and gives it as the device has it. @ordinal 3 @max descriptor 10000 @waits @throws RpcError */
  displayAddress(descriptor: string): Promise<string>;
  /** @ordinal 4 @waits @throws RpcError where the program fails */
  signPsbt(psbt: Uint8Array): Promise<SignedByDevice>;
}
