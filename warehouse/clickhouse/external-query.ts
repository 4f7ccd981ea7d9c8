import { ClickHouseError } from '@clickhouse/client';
import { insertSettings } from './insert-settings.ts';
import { type FormPart, multipartForm } from './multipart-form.ts';
import { post } from './post.ts';

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
  const parts: FormPart[] = [{ name: 'query', content: options.query, isFile: false }];
  for (const table of options.tables) {
    parameters.set(`${table.name}_structure`, table.structure);
    parameters.set(`${table.name}_format`, table.format ?? 'TabSeparated');
    parts.push({ name: table.name, content: table.lines, isFile: true });
  }
  const { contentType, body } = multipartForm(parts);
  return send(target, parameters, { headers: { 'Content-Type': contentType }, body, repeatable: true });
}

/**
 * Inserts TabSeparated lines; resolves when they are on disk (the server fsyncs parts before it answers). What the client's own
 * insert costs beside it is as much as a small insert itself. Rejects with a socket's error where it may have been carried out.
 */
export async function insertText(
  target: ExternalQueryTarget,
  { into, lines, queryId }: { into: string; lines: string; queryId: string },
): Promise<void> {
  const body = Buffer.from(lines, 'utf8');
  const parameters = new URLSearchParams({ query: `insert into ${into} format TabSeparated`, query_id: queryId });
  for (const [name, value] of Object.entries(insertSettings(body.length))) parameters.set(name, String(value));
  await send(target, parameters, { headers: {}, body, repeatable: false });
}

async function send(
  target: ExternalQueryTarget,
  parameters: URLSearchParams,
  { headers, ...sent }: Parameters<typeof post>[1],
): Promise<string> {
  const answer = await post(`${target.url}/?${parameters}`, {
    ...sent,
    headers: { 'X-ClickHouse-User': target.user, 'X-ClickHouse-Key': target.password, ...headers },
  });
  const exceptionCode = answer.headers['x-clickhouse-exception-code'];
  if (answer.status !== 200 || exceptionCode !== undefined) {
    throw new ClickHouseError({
      message: answer.text.slice(0, 2000),
      code: String(exceptionCode ?? answer.status),
      type: '',
    });
  }
  return answer.text;
}
