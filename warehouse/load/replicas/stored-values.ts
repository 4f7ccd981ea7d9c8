import type { Relation } from '../../../changelog/change.ts';
import { packVersion } from '../../../changelog/version.ts';
import { type Fields, fieldsOfKept, type KeptValues } from '../values/rejected-fields.ts';
import type { TabSeparatedBlock } from '../values/tab-separated-block.ts';
import type { Line } from './block-parts.ts';
import { wantedColumns } from './replica-columns.ts';
import type { LookUpRejected, LookUpRows, RowRequest, StoredRows } from './stored-rows.ts';

/** What the warehouse has for lines that left values out. */
export interface StoredValues {
  line(line: Line): Fields | 'explained' | null;
  /** The row that is rejected now under a key. */
  kept(key: string): KeptValues | undefined;
}

/**
 * Finds what lines left out and the part itself does not tell: in the row that is rejected now under the key, else in the
 * replica. Answers null when it is nowhere, 'explained' when what came since is the reason.
 */
export async function storedValues(
  lines: readonly Line[],
  options: {
    readonly relation: Relation;
    readonly block: TabSeparatedBlock;
    readonly rows: LookUpRows;
    readonly rejected: LookUpRejected;
  },
  whose: 'first of a key' | 'every line' = 'first of a key',
): Promise<StoredValues> {
  const { relation, block, rows: lookUp, rejected } = options;
  const versionField = wantedColumns(relation).length;
  const versionOf = ({ fields, rejected: row }: Line): string =>
    row === null ? (fields[versionField] as string) : packVersion(row.version).toString();
  /** By version and key: a key may have been several rows' in this part. */
  const requests = new Map<string, RowRequest>();
  const told = new Set<string>();
  const lookupKeys = new Set<string>();
  for (const line of lines) {
    const { key, isRemoval, lookupKey } = line;
    if (lookupKey !== null && (!told.has(lookupKey) || whose === 'every line')) {
      lookupKeys.add(lookupKey);
      const version = versionOf(line);
      requests.set(`${version} ${key}`, { key, version, isAwaited: false });
      requests.set(`${version} ${lookupKey}`, { key: lookupKey, version, isAwaited: true });
    }
    if (!isRemoval) told.add(key);
  }
  const kept = await rejected([...lookupKeys]);
  const asked = [...requests.values()]
    .filter(({ key }) => !block.refusedKeys.has(key))
    .map((request) => (kept.has(request.key) ? { ...request, isAwaited: false } : request));
  const answers = await lookUp(asked);
  const stored = new Map(asked.map(({ key, version }, i) => [`${version} ${key}`, answers[i] as StoredRows]));
  return {
    line(line) {
      const version = versionOf(line);
      const row = kept.get(line.lookupKey as string);
      if (row !== undefined && row.version < BigInt(version)) return fieldsOfKept(relation, row);
      return valuesFor(stored.get(`${version} ${line.key}`), stored.get(`${version} ${line.lookupKey}`));
    },
    kept: (key) => kept.get(key),
  };
}

/**
 * Values for what a line left out, from what the replica has under its own key and under the key of the row that has them.
 * Null when they are nowhere, 'explained' when what came since has replaced or removed the row.
 */
export function valuesFor(own: StoredRows | undefined, source: StoredRows | undefined): Fields | 'explained' | null {
  if (own?.hasSince || source?.hasSince) return own?.isSame && own.since !== null ? own.since : 'explained';
  if (source?.before != null) return source.before;
  // The snapshot brought the row under its new key only: its chunk was read after the key had changed.
  if (source?.isKnown !== true && own?.before != null) return own.before;
  return own?.isKnown || source?.isKnown ? 'explained' : null;
}
