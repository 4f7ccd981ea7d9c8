import type { RowVersion } from './destination.ts';

/** A version as one UInt128: epoch in the upper 32 bits, then the commit LSN (64), then the ordinal (32). */
export function packVersion(version: Readonly<RowVersion>): bigint {
  return (BigInt(version.epoch) << 96n) | (version.commitLsn << 32n) | BigInt(version.ordinal);
}

/** The first version that a commit at or after `lsn` can have: everything before the position is below it. */
export function versionFloor(epoch: number, lsn: bigint): bigint {
  return (BigInt(epoch) << 96n) | (lsn << 32n);
}
