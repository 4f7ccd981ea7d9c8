/** A version as numbers of 32 bits, which are compared without making a bigint. To be used again and again. */
export class VersionWords {
  epoch = 0;
  lsnUpper = 0;
  lsnLower = 0;
  ordinal = 0;

  set(epoch: number, lsnUpper: number, lsnLower: number, ordinal: number): void {
    this.epoch = epoch;
    this.lsnUpper = lsnUpper;
    this.lsnLower = lsnLower;
    this.ordinal = ordinal;
  }

  take(other: VersionWords): void {
    this.set(other.epoch, other.lsnUpper, other.lsnLower, other.ordinal);
  }

  /** The 16 bytes of a message's header. */
  read(bytes: Buffer, at: number): void {
    this.set(wordAt(bytes, at), wordAt(bytes, at + 4), wordAt(bytes, at + 8), wordAt(bytes, at + 12));
  }

  /** As `packVersion` has it; below every version where it is negative. */
  unpack(packed: bigint): void {
    const word = (shift: bigint): number => (packed < 0n ? 0 : Number((packed >> shift) & 0xffff_ffffn));
    this.set(word(96n), word(64n), word(32n), word(0n));
  }

  /** As `packVersion` has it. */
  pack(): bigint {
    const upper = (BigInt(this.epoch) << 32n) | BigInt(this.lsnUpper);
    return (upper << 64n) | (BigInt(this.lsnLower) << 32n) | BigInt(this.ordinal);
  }

  /** Below 0 when this one is lower, above 0 when it is higher. */
  compare(other: VersionWords): number {
    if (this.lsnLower !== other.lsnLower || this.lsnUpper !== other.lsnUpper || this.epoch !== other.epoch) {
      if (this.epoch !== other.epoch) return this.epoch - other.epoch;
      if (this.lsnUpper !== other.lsnUpper) return this.lsnUpper - other.lsnUpper;
      return this.lsnLower - other.lsnLower;
    }
    return this.ordinal - other.ordinal;
  }
}

function wordAt(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}
