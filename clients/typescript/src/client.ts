import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api-types.ts';
import { parseExactly } from './exact-json.ts';
import { problemOf } from './problem-error.ts';

/** What is asked for as JSON; other formats are read as streams. */
export type MillraceClient = Client<paths, 'application/json'>;

export interface ClientOptions {
  /** Where the API listens: `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** Sent with every request, such as a key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: that of the platform. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/**
 * The API's operations, typed by its document. Decimals and large integers come as texts, digit by digit; what is no success is thrown
 * as a ProblemError.
 */
export function createMillraceClient({ baseUrl, headers = {}, fetch }: ClientOptions): MillraceClient {
  const client = createClient<paths, 'application/json'>({ baseUrl, headers, ...(fetch && { fetch }) });
  client.use({
    async onResponse({ response }) {
      if (response.status === 304) return undefined;
      if (!response.ok) throw await problemOf(response);
      const isJson = /^application\/json\b/.test(response.headers.get('content-type') ?? '');
      return isJson ? exactResponse(response) : undefined;
    },
  });
  return client;
}

/** The same answer, whose numbers keep their digits. */
async function exactResponse(response: Response): Promise<Response> {
  const text = await response.text();
  const headers = new Headers(response.headers);
  headers.delete('content-encoding');
  // Without it openapi-fetch reads the text itself, with JSON.parse.
  headers.set('content-length', String(Math.max(1, text.length)));
  const exact = new Response(text, { status: response.status, statusText: response.statusText, headers });
  return Object.defineProperty(exact, 'json', { value: async () => parseExactly(text) });
}

/** `min_as_of` for commits: `{ order: '0/1A2B3C8' }`, what `pg_current_wal_lsn()` gives after each. */
export function containing(commits: Readonly<Record<string, string>>): string[] {
  return Object.entries(commits).map(([source, lsn]) => `${source}:${lsn}`);
}

/** `as_of` for the state of an answer, so that the next ones agree with it. */
export function sameStateAs(answer: { readonly meta: { readonly watermark: number | string } }): string {
  return String(answer.meta.watermark);
}
