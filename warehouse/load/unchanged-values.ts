import type { Relation } from '../../changelog/change.ts';
import type { TabSeparatedBlock } from './tab-separated-block.ts';

/** Marks a value that the source left out of an update (an unchanged TOAST value). Never written by our own escapes. */
export const UNCHANGED_FIELD = '\\U';

/** Looks up rows as TabSeparated fields of the relation's columns, by their key's text; absent keys stay out. */
export type LookUpRows = (keys: readonly string[]) => Promise<ReadonlyMap<string, readonly string[]>>;

/**
 * The block's lines with every left-out value filled in: from an earlier line of the block, else from the replica as it
 * was before the block. `lookUp` must answer for all keys that still exist there. A line whose row is nowhere any more
 * (it was removed later, before its snapshot chunk was read) is dropped: a removal with a higher version follows it.
 */
export async function fillUnchanged(block: TabSeparatedBlock, relation: Relation, lookUp: LookUpRows): Promise<Buffer> {
  const lookupKeys = new Map(block.unresolved.map(({ line, lookupKey }) => [line, lookupKey]));
  const rows = new Map(await lookUp([...new Set(lookupKeys.values())]));
  const columnCount = relation.columns.length;
  const result: string[] = [];
  const lines = block.written().toString('utf8').split('\n');
  lines.pop();
  for (const [number, line] of lines.entries()) {
    const fields = line.split('\t');
    const key = relation.keyColumns.map((i) => fields[i]).join('\t');
    const removed = fields[columnCount + 1] === '1';
    const lookupKey = lookupKeys.get(number);
    if (lookupKey !== undefined) {
      const before = rows.get(lookupKey);
      if (before === undefined) continue;
      for (let i = 0; i < columnCount; i++) if (fields[i] === UNCHANGED_FIELD) fields[i] = before[i] as string;
      result.push(fields.join('\t'));
    } else {
      result.push(line);
    }
    // A removed row's values stay known: the next line may be the same row under its new key.
    if (!removed) rows.set(key, fields);
  }
  return Buffer.from(result.length === 0 ? '' : `${result.join('\n')}\n`, 'utf8');
}
