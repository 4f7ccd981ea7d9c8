import type { ClickHouseClient } from '@clickhouse/client';
import type { Relation } from '../../../changelog/change.ts';
import { quoteIdentifier, quoteString } from '../../clickhouse/quote.ts';
import { sourceColumns, wantedColumns } from './replica-columns.ts';
import type { LookUpRows, LookUpSizes, RowRequest, StoredRows } from './stored-rows.ts';

export interface ReplicaLookUp {
  readonly rows: LookUpRows;
  readonly sizes: LookUpSizes;
}

const NOTHING: StoredRows = { before: null, since: null, isSame: false, hasSince: false, isKnown: false };

/**
 * Reads rows of a replica by key. Keys go along as TabSeparated and are parsed as the rows themselves were: their text
 * may differ from what the server prints (`1.50`, `t`, a time without its fraction).
 */
export function createReplicaLookUp(options: {
  client: ClickHouseClient;
  /** Quoted, with its database. */
  table: string;
  relation: Relation;
}): ReplicaLookUp {
  const { client, table, relation } = options;
  const columns = wantedColumns(relation).map((column) => quoteIdentifier(column.name));
  const key = relation.keyColumns.map((i) => columns[i] as string);
  const keyNames = key.map((_, i) => `_key${i}`);
  const structure = [
    '_n UInt32',
    '_at UInt128',
    ...relation.keyColumns.map((i, n) => `_key${n} ${sourceColumns(relation)[i]?.type}`),
  ].join(', ');

  function asked(requests: readonly RowRequest[]): string {
    const bytes = requests.map(({ key: text, version }, n) => `${n}\t${version}\t${text}\n`).join('');
    const lines = Buffer.from(bytes, 'latin1').toString('utf8');
    let tag = 'keys';
    while (lines.includes(`$${tag}$`)) tag += 's';
    return `asked as (select * from format(TabSeparated, ${quoteString(structure)}, $${tag}$${lines}$${tag}$))`;
  }

  const found = `${table} as found
      inner join asked on ${keyNames.map((name, i) => `asked.${name} = found.${key[i]}`).join(' and ')}
      where (${key.map((name) => `found.${name}`).join(', ')}) in (select ${keyNames.join(', ')} from asked)`;

  /** Lines of the answer, byte for byte: each character is one byte. */
  async function query(sql: string): Promise<string[]> {
    const result = await client.exec({
      query: sql,
      // The answer is held back until it is whole, so that a failure in its middle is a failure.
      clickhouse_settings: { max_query_size: String(2 * Buffer.byteLength(sql) + 1000), wait_end_of_query: 1 },
    });
    let text = '';
    for await (const chunk of result.stream) text += (chunk as Buffer).toString('latin1');
    const lines = text.split('\n');
    lines.pop();
    return lines;
  }

  return {
    async rows(requests) {
      const answers: StoredRows[] = requests.map(() => NOTHING);
      if (requests.length === 0) return answers;
      // Of what was there before: the newest; of what came since: the oldest, which may be the asked version itself.
      const lines = await query(
        `with ${asked(requests)}
          select asked._n, found._version >= asked._at as _since, found._version = asked._at as _same, found._deleted, ${columns.map((name) => `found.${name}`).join(', ')}
          from ${found}
          order by asked._n, _since, if(_since, found._version, bitNot(found._version))
          limit 1 by asked._n, _since
          format TabSeparated`,
      );
      for (const line of lines) {
        const [n, since, same, deleted, ...fields] = line.split('\t');
        const row = deleted === '1' ? null : fields;
        const answer = answers[Number(n)] as StoredRows;
        answers[Number(n)] =
          since === '1'
            ? { ...answer, isKnown: true, hasSince: true, isSame: same === '1', since: row }
            : { ...answer, isKnown: true, before: row };
      }
      return answers;
    },
    async sizes(requests) {
      const answers = requests.map(() => 0);
      if (requests.length === 0) return answers;
      const lines = await query(
        `with ${asked(requests)}
          select asked._n, max(byteSize(${columns.map((name) => `found.${name}`).join(', ')}))
          from ${found}
          group by asked._n
          format TabSeparated`,
      );
      for (const line of lines) {
        const [n, bytes] = line.split('\t');
        answers[Number(n)] = Number(bytes);
      }
      return answers;
    },
  };
}
