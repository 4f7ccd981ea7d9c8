import type pg from 'pg';
import { LOCK_WAIT_MS } from './lock-wait.ts';

/** An ordinary connection that several parts of capture ask in turn. */
export interface CatalogConnection {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
  /** For statements that open tables: where one is locked it rejects soon with what `isLocked` knows, instead of waiting. */
  queryUnlocked<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult<Row>>;
}

/** Asked of the catalog alone, which nobody locks for long. */
export type CatalogQueries = Pick<CatalogConnection, 'query'>;

/** Queries one after the other: `pg` wants the next one only when the last one was answered. */
export function createCatalogConnection(client: pg.Client): CatalogConnection & {
  /** Something else that is asked of the same connection. */
  inTurn<Result>(ask: () => Promise<Result>): Promise<Result>;
  /** Since when an answer is awaited (`performance.now()`); null: it is not. */
  waitingSince(): number | null;
} {
  let last: Promise<unknown> = Promise.resolve();
  let since: number | null = null;
  function inTurn<Result>(ask: () => Promise<Result>): Promise<Result> {
    const result = last.then(() => {
      since = performance.now();
      return ask();
    });
    last = result
      .catch(() => {})
      .then(() => {
        since = null;
      });
    return result;
  }

  return {
    inTurn,
    waitingSince: () => since,
    query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<pg.QueryResult<Row>> {
      return inTurn(() => client.query<Row>(sql, [...values]));
    },
    queryUnlocked<Row extends pg.QueryResultRow>(
      sql: string,
      values: readonly unknown[] = [],
    ): Promise<pg.QueryResult<Row>> {
      return inTurn(async () => {
        await client.query(`set lock_timeout = ${LOCK_WAIT_MS.catalog}`);
        try {
          return await client.query<Row>(sql, [...values]);
        } finally {
          await client.query('set lock_timeout = 0');
        }
      });
    },
  };
}
