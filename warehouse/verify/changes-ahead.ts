import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import type { ReplicaShape } from '../models/maintain/read-replicas.ts';
import { sourceKey } from '../models/project/project.ts';
import type { PublishedPosition } from '../models/store/watermarks.ts';
import type { ComparedModel } from './full-model.ts';

/** What replicas have that is not published yet, as far as it concerns a model. */
export interface ChangesAhead {
  /** Any of the model's rows may come from it. */
  readonly concernAll: boolean;
  /** Keys (texts) of a model kept by key whose rows may come from it. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Replicas run ahead of what is published. Of a model that is kept by key, rows that changed since tell by the column that
 * is declared for it whose rows they are of; of rows that are looked up nothing tells.
 */
export async function changesAhead(options: {
  client: ClickHouseClient;
  compared: ComparedModel;
  replicas: ReadonlyMap<string, ReplicaShape>;
  positions: readonly PublishedPosition[];
}): Promise<ChangesAhead> {
  const { client, compared, replicas, positions } = options;
  const { maintenance } = compared.model;
  const keys = new Set<string>();
  let concernAll = false;
  for (const read of compared.reads) {
    const name = sourceKey(read);
    const shape = replicas.get(name);
    const floor = positions.find(({ source }) => source === read.source)?.floor ?? '0';
    if (shape === undefined) continue;
    const inputs = maintenance?.strategy === 'by_key' ? maintenance.inputs : {};
    const lookups = maintenance?.strategy === 'by_key' ? maintenance.lookups : [];
    const column = lookups.some(({ table }) => table === name) ? undefined : inputs[name];
    const ahead = await rowsAhead(client, shape, floor, column);
    concernAll ||= ahead.concernAll;
    for (const key of ahead.keys) keys.add(key);
  }
  return { concernAll, keys };
}

async function rowsAhead(
  client: ClickHouseClient,
  shape: ReplicaShape,
  floor: string,
  column: string | undefined,
): Promise<ChangesAhead> {
  const raw = `raw.${quoteIdentifier(shape.replica)}`;
  const key = shape.key.map(quoteIdentifier).join(', ');
  const named = column === undefined ? "''" : `ifNull(toString(${quoteIdentifier(column)}), '')`;
  // A removal has its key alone: what it was before tells, as long as no merge has dropped it.
  const result = await client.query({
    query: `
      select count() > 0 as any, countIf(not isKnown) > 0 as unknown, groupUniqArrayArray(names) as keys
      from (
        select groupUniqArrayIf(${named}, _deleted = 0) as names, countIf(_deleted = 0) > 0 as isKnown
        from ${raw}
        where (${key}) in (select ${key} from ${raw} where _version >= {floor:UInt128})
        group by ${key}
      )`,
    query_params: { floor },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ any: number; unknown: number; keys: string[] }>();
  if (row === undefined || row.any === 0) return { concernAll: false, keys: new Set() };
  return { concernAll: column === undefined || row.unknown === 1, keys: new Set(row.keys) };
}
