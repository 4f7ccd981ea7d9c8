import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../changelog/change.ts';
import { MillraceError } from '../../runtime/errors.ts';
import { quoteIdentifier } from '../clickhouse/quote.ts';
import { readJournaled } from '../load/journal/journal-table.ts';
import { type NamedType, readColumns } from '../load/replicas/replica.ts';
import { wantedColumns } from '../load/replicas/replica-columns.ts';
import { VERIFY_ERRORS } from './errors.ts';

/** A replica with what queries over it need. */
export interface ComparedReplica {
  /** Table in `raw`. */
  readonly name: string;
  /** `raw.<name>`, quoted. */
  readonly from: string;
  readonly columns: readonly NamedType[];
  readonly key: readonly NamedType[];
  /** The columns that say whether two rows are equal: all, but the id that we give rows without a key. */
  readonly compared: readonly NamedType[];
  /** Models read it, by its journal. */
  readonly isJournaled: boolean;
}

/** States in which a replica is its source's, less lag. */
const COMPARABLE = ['streaming', 'degraded'];

/** Throws MR-VERIFY-004 and MR-VERIFY-005 where the table cannot be compared now. */
export async function comparedReplica(client: ClickHouseClient, relation: Relation): Promise<ComparedReplica> {
  const { source, schema, table } = relation;
  const what = `${source}.${schema}.${table}`;
  const result = await client.query({
    query: `
      select replica, key, (select any(state) from millrace.table_states final
        where source = {source:String} and schema = {schema:String} and table = {table:String}) as state
      from millrace.replicas final
      where source = {source:String} and schema = {schema:String} and table = {table:String}`,
    query_params: { source, schema, table },
    format: 'JSONEachRow',
  });
  const [found] = await result.json<{ replica: string; key: string[]; state: string }>();
  if (found === undefined) throw new MillraceError(VERIFY_ERRORS.notStreaming, `${what} has no replica`);
  if (found.state !== '' && !COMPARABLE.includes(found.state)) {
    throw new MillraceError(VERIFY_ERRORS.notStreaming, `${what} is ${found.state}`);
  }
  const existing = (await readColumns(client, [found.replica])).of(found.replica);
  const columns = wantedColumns(relation);
  const other = columns.find(({ name, type }) => existing.get(name) !== type);
  if (other !== undefined) {
    const detail = `${what}: column ${other.name} is ${existing.get(other.name) ?? 'missing'}, the source has ${other.type}`;
    throw new MillraceError(VERIFY_ERRORS.otherShape, detail);
  }
  const names = relation.keyColumns.map((i) => relation.columns[i]?.name as string);
  if (names.join('\0') !== found.key.join('\0')) {
    throw new MillraceError(VERIFY_ERRORS.otherShape, `${what}: the key is (${found.key}), the source has (${names})`);
  }
  const key = names.map((name) => columns.find((column) => column.name === name) as NamedType);
  return {
    name: found.replica,
    from: `raw.${quoteIdentifier(found.replica)}`,
    columns,
    key,
    compared: relation.hasRowId === true ? columns.filter((column) => !key.includes(column)) : columns,
    isJournaled: (await readJournaled(client, [found.replica])).has(found.replica),
  };
}

/** Hash of a row. RowBinary tells NULL from an empty value, which a hash of the values alone does not. */
export function hashOf({ compared }: Pick<ComparedReplica, 'compared'>): string {
  return `reinterpretAsUInt128(sipHash128(formatRow('RowBinary', ${compared.map(({ name }) => quoteIdentifier(name)).join(', ')})))`;
}

export function namesOf(columns: readonly NamedType[]): string {
  return columns.map(({ name }) => quoteIdentifier(name)).join(', ');
}

/** The key as an array of texts, which Postgres reads back. */
export function keyTexts({ key }: Pick<ComparedReplica, 'key'>): string {
  return `[${key.map(({ name }) => `toString(${quoteIdentifier(name)})`).join(', ')}]`;
}
