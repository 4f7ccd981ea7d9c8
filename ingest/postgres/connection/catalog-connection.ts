import type pg from 'pg';

/** An ordinary connection that several parts of capture ask in turn. */
export interface CatalogConnection {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

/** Queries one after the other: `pg` wants the next one only when the last one was answered. */
export function createCatalogConnection(client: pg.Client): CatalogConnection & {
  /** Since when an answer is awaited (`performance.now()`); null: it is not. */
  waitingSince(): number | null;
} {
  let last: Promise<unknown> = Promise.resolve();
  let since: number | null = null;
  return {
    waitingSince: () => since,
    query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult<Row>> {
      const result = last.then(() => {
        since = performance.now();
        return client.query<Row>(sql, [...values]);
      });
      last = result
        .catch(() => {})
        .then(() => {
          since = null;
        });
      return result;
    },
  };
}
