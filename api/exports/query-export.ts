import type { Readable } from 'node:stream';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import type { FileQuery, ReaderQuery, RequestReader } from '../warehouse-reader.ts';
import type { ExportContent } from './exportable.ts';

type Query = Pick<ReaderQuery, 'sql' | 'parameters'>;

/**
 * Refuses what the query itself would be refused with, before it costs anything: without a row to give nothing is read.
 */
export async function tryOut({ sql, parameters }: Query, reader: RequestReader): Promise<void> {
  await reader.rows({ name: 'export_check', sql: `select '' as nothing from (${sql}\n) as asked limit 0`, parameters });
}

/**
 * The rows of a query as a file. They are counted first, at the same state: so it is known how far the writing is, whether all of
 * them came, and of Arrow and Parquet how many there are at all. Throws API_EXPORT_TOO_LARGE.
 */
export async function openQuery(
  query: {
    /** Gives as many rows as `file` would without a limit; their order does not matter. */
    counted: Query;
    file: Query & Pick<FileQuery, 'format' | 'head'>;
    /** Null: it was asked for no more than it may have. */
    maxRows: number | null;
  },
  reader: RequestReader,
): Promise<ExportContent> {
  const { counted, file, maxRows } = query;
  const rows = await countOf(counted, reader);
  if (maxRows !== null && rows > maxRows) {
    throw new ApiError(API_ERRORS.exportTooLarge, `it has more than ${maxRows} rows`);
  }
  return { rows, content: await reader.file({ ...file, name: 'export_file' }) };
}

async function countOf({ sql, parameters }: Query, reader: RequestReader): Promise<number> {
  // As a file, which has the time of one.
  const text: Readable = await reader.file({
    name: 'export_count',
    sql: `select toString(count()) as n from (${sql}\n) as counted`,
    parameters,
    format: 'JSONEachRow',
  });
  let line = '';
  for await (const chunk of text) line += String(chunk);
  return Number((JSON.parse(line) as { n: string }).n);
}
