import type { Client, ClientBase, Connection } from 'pg';

/** What a column can be given; text that Postgres reads for its type. */
export type CopyValue = string | number | boolean | null;

/**
 * Rows for one table, kept as COPY text (https://www.postgresql.org/docs/18/sql-copy.html) until `flush`.
 * For initial loads: meant for some megabytes a flush.
 */
export class CopyBuffer {
  readonly table: string;
  readonly #columns: readonly string[];
  #lines: string[] = [];

  constructor(table: string, columns: readonly string[]) {
    this.table = table;
    this.#columns = columns;
  }

  /** Values in the order of the columns. */
  add(...values: CopyValue[]): void {
    this.#lines.push(`${values.map(encode).join('\t')}\n`);
  }

  /** Sends the rows as one statement, within the client's transaction if there is one. */
  async flush(client: Client): Promise<void> {
    if (this.#lines.length === 0) return;
    const columns = this.#columns.map((name) => `"${name}"`).join(', ');
    const bytes = Buffer.from(this.#lines.join(''));
    this.#lines = [];
    await copyIn(client, `copy "${this.table}" (${columns}) from stdin`, bytes);
  }
}

function encode(value: CopyValue): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return String(value);
  return /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character]!) : value;
}

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const CHUNK_BYTES = 256 * 1024;

/** `pg` has no COPY of its own but lets an object drive the connection; its typings leave these two methods out. */
interface CopyConnection extends Connection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

function copyIn(client: ClientBase, text: string, bytes: Buffer): Promise<void> {
  return new Promise((done, fail) => {
    let failure: Error | null = null;
    const query = {
      submit(connection: Connection): void {
        connection.query(text);
      },
      handleCopyInResponse(connection: CopyConnection): void {
        for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
          connection.sendCopyFromChunk(bytes.subarray(at, at + CHUNK_BYTES));
        }
        connection.endCopyFrom();
      },
      handleCommandComplete(): void {},
      handleError(error: Error): void {
        failure = error;
        fail(error);
      },
      handleReadyForQuery(): void {
        if (failure === null) done();
      },
    };
    client.query(query);
  });
}
