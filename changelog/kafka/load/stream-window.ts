import type { RowVersion } from '../../destination.ts';
import { packVersion } from '../../version.ts';
import { HEADER, readVersion } from '../publish/record-writer.ts';
import type { PartitionMessage } from './partition-reader.ts';

/** A change of the stream, where it belongs among those of all partitions. */
export interface StreamChange {
  readonly packed: bigint;
  readonly version: RowVersion;
  readonly relationId: string;
  readonly message: PartitionMessage['message'];
}

/** Changes between two watermarks, out of any order of partitions and deliveries. */
export interface StreamWindow {
  add(message: PartitionMessage): void;
  /** Takes the changes above `after` up to `through`, by version, each once; what is later is kept. */
  take(after: bigint, through: bigint): StreamChange[];
}

export function createStreamWindow(): StreamWindow {
  let kept: StreamChange[] = [];
  return {
    add({ message }) {
      const { value, headers } = message;
      const versionBytes = headers[HEADER.version];
      const relationId = headers[HEADER.relation];
      // Tombstones, and the first half of a changed key: the second half says both.
      if (value === null || versionBytes === undefined || relationId === undefined) return;
      if (headers[HEADER.newKey] !== undefined) return;
      const version = readVersion(versionBytes);
      if (version.ordinal === 0) return; // the snapshot's
      kept.push({ packed: packVersion(version), version, relationId: relationId.toString(), message });
    },
    take(after, through) {
      const due = kept.filter(({ packed }) => packed > after && packed <= through);
      kept = kept.filter(({ packed }) => packed > through);
      due.sort((a, b) => (a.packed < b.packed ? -1 : a.packed > b.packed ? 1 : 0));
      // A truncate of several tables has one version for all of them.
      return due.filter(
        (change, i) => !due.slice(Math.max(0, i - SAME_VERSION), i).some((other) => isSame(change, other)),
      );
    },
  };
}

/** Messages that may stand between two deliveries of one change after sorting: others of the same version. */
const SAME_VERSION = 64;

function isSame(a: StreamChange, b: StreamChange): boolean {
  return a.packed === b.packed && a.relationId === b.relationId;
}
