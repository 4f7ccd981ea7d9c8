import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { quoteIdentifier } from '../warehouse/clickhouse/quote.ts';
import type { Column } from './formats/row-columns.ts';

/** The table as which a query reads the rows that are sent with it. */
export const SENT_ROWS = 'sent_rows';

/** Rows of ours that a query reads: lines of JSON objects, and what they are. */
export interface SentRows {
  readonly columns: readonly Column[];
  readonly lines: AsyncIterable<string>;
}

/**
 * The body and the settings of a query that reads the rows as the table `sent_rows`
 * (https://clickhouse.com/docs/engines/table-engines/special/external-data), written while it is sent.
 */
export function sentRows({ columns, lines }: SentRows): {
  body: Readable;
  contentType: string;
  settings: Record<string, string>;
} {
  const boundary = `millrace-${randomUUID()}`;
  async function* body(): AsyncGenerator<Buffer> {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${SENT_ROWS}"; filename="${SENT_ROWS}"\r\n\r\n`,
    );
    for await (const text of lines) yield Buffer.from(text);
    yield Buffer.from(`\r\n--${boundary}--\r\n`);
  }
  return {
    body: Readable.from(body(), { objectMode: false }),
    contentType: `multipart/form-data; boundary=${boundary}`,
    settings: {
      [`${SENT_ROWS}_structure`]: columns
        .map(({ name, type }) => `${quoteIdentifier(name)} Nullable(${type})`)
        .join(', '),
      [`${SENT_ROWS}_format`]: 'JSONEachRow',
      date_time_input_format: 'best_effort',
    },
  };
}
