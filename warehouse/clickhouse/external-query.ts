import { ClickHouseError } from '@clickhouse/client';

/** Rows that are sent along with a query and exist for it alone. */
export interface ExternalTable {
  readonly name: string;
  /** `column Type, ...`, quoted. */
  readonly structure: string;
  readonly lines: string;
  /** Of the lines; default: TabSeparated. */
  readonly format?: 'TabSeparated' | 'JSONEachRow' | 'CSVWithNames';
}

export interface ExternalQueryTarget {
  /** `http://host:port`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/**
 * Runs a query over rows of ours (https://clickhouse.com/docs/engines/table-engines/special/external-data), which
 * @clickhouse/client cannot send. Answers the body; throws ClickHouseError as the client does.
 */
export async function queryWithTables(
  target: ExternalQueryTarget,
  options: { query: string; tables: readonly ExternalTable[]; queryId?: string; settings?: Record<string, string> },
): Promise<string> {
  const parameters = new URLSearchParams({ ...options.settings });
  if (options.queryId !== undefined) parameters.set('query_id', options.queryId);
  const form = new FormData();
  form.append('query', options.query);
  for (const table of options.tables) {
    parameters.set(`${table.name}_structure`, table.structure);
    parameters.set(`${table.name}_format`, table.format ?? 'TabSeparated');
    form.append(table.name, new Blob([table.lines]), table.name);
  }
  const response = await fetch(`${target.url}/?${parameters}`, {
    method: 'POST',
    headers: { 'X-ClickHouse-User': target.user, 'X-ClickHouse-Key': target.password },
    body: form,
  });
  const body = await response.text();
  const exceptionCode = response.headers.get('x-clickhouse-exception-code');
  if (!response.ok || exceptionCode !== null) {
    throw new ClickHouseError({
      message: body.slice(0, 2000),
      code: exceptionCode ?? String(response.status),
      type: '',
    });
  }
  return body;
}
