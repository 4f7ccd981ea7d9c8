import type { ClickHouseClient } from '@clickhouse/client';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import { currentCall, isRestricted } from './caller.ts';
import { readRelations } from './read-relations.ts';
import { restrictQuery } from './restrict-query.ts';
import { covers } from './scopes.ts';

/** How long what columns models have is taken for known. */
const COLUMNS_AGE_MS = 5_000;
/** What is read for nobody: whether there is anything, and for how old it is. */
const OPEN_TABLES = new Set(['millrace.watermarks']);

type Columns = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * A client through which every query is asked as whoever asks now (`withCall`) may: this is the one place where row filters are
 * enforced, whatever route, parameter or format a query comes from. Without a request, or for one that nobody in particular makes,
 * no model is read.
 */
export function guardedClient(client: ClickHouseClient): ClickHouseClient {
  const columns = createColumns(client);

  async function asAllowed<T extends { query: string; query_params?: Record<string, unknown> }>(asked: T): Promise<T> {
    const call = currentCall();
    if (call?.caller == null) {
      refuseAllButOpen(asked.query);
      return asked;
    }
    const { filters, scopes } = call.caller;
    if (!isRestricted(filters)) return asked;
    const known = await columns.read();
    const { sql, parameters } = restrictQuery({
      sql: asked.query,
      filters,
      columnsOf: (model) => known.get(model) ?? new Set(),
      isOperator: covers(scopes, { scope: 'operations' }),
    });
    return { ...asked, query: sql, query_params: { ...asked.query_params, ...parameters } };
  }

  return new Proxy(client, {
    get(target, name) {
      switch (name) {
        case 'query':
        case 'exec':
          return async (asked: Parameters<ClickHouseClient['exec']>[0]) => target[name](await asAllowed(asked));
        case 'command':
        case 'insert':
          return async () => {
            throw new ApiError(API_ERRORS.internal, 'the API reads only');
          };
        default: {
          const value: unknown = Reflect.get(target, name);
          return typeof value === 'function' ? value.bind(target) : value;
        }
      }
    },
  });
}

function refuseAllButOpen(sql: string): void {
  const { relations, others, unclear } = readRelations(sql);
  if (unclear === null && relations.length === 0 && others.every((table) => OPEN_TABLES.has(table))) return;
  throw new ApiError(API_ERRORS.credentialsMissing, 'this reads what is not open to everybody');
}

/** Columns of the models, read anew now and then: models are exchanged. */
function createColumns(client: ClickHouseClient): { read(): Promise<Columns> } {
  let known: Promise<Columns> | null = null;
  let readAtMs = 0;
  return {
    read() {
      if (known !== null && performance.now() - readAtMs < COLUMNS_AGE_MS) return known;
      readAtMs = performance.now();
      const reading = readColumns(client);
      reading.catch(() => {
        if (known === reading) known = null;
      });
      known = reading;
      return reading;
    },
  };
}

async function readColumns(client: ClickHouseClient): Promise<Columns> {
  const result = await client.query({
    query: `
      select table, groupArray(name) as columns
      from system.columns
      where database = 'marts'
      group by table`,
    format: 'JSONEachRow',
  });
  const rows = await result.json<{ table: string; columns: string[] }>();
  return new Map(rows.map(({ table, columns }) => [table, new Set(columns)]));
}
