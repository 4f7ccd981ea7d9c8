import type { ClickHouseClient } from '@clickhouse/client';

const HISTORIES = { customer_dimension: 'customer_id', product_dimension: 'product_id' } as const;

/** Current versions that are not the rows of their dimension, and versions of one key whose times overlap or are none. */
export async function historyDifferences(client: ClickHouseClient): Promise<string[]> {
  const found: string[] = [];
  for (const [dimension, key] of Object.entries(HISTORIES)) {
    const history = `marts.${dimension}_history`;
    const current = `select * except (valid_from, valid_to, is_current) from ${history} where is_current`;
    const result = await client.query({
      query: `
        select 'version' as what, toString(${key}) as id from (${current} except all select * from marts.${dimension})
        union all
        select 'row', toString(${key}) from (select * from marts.${dimension} except all ${current})
        union all
        select 'overlap', toString(a.${key})
        from ${history} as a
        inner join ${history} as b on b.${key} = a.${key}
        where a.valid_to <= a.valid_from
          or (a.valid_from < b.valid_from and (a.valid_to is null or a.valid_to > b.valid_from))
        limit 20`,
      format: 'JSONEachRow',
    });
    for (const { what, id } of await result.json<{ what: string; id: string }>()) {
      found.push(`${dimension}_history: ${what} ${id}`);
    }
  }
  return found;
}
