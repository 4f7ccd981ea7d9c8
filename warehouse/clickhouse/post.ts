import { type IncomingHttpHeaders, type RequestOptions, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { keptConnections } from './kept-connections.ts';

const SILENCE_MS = 300_000;

const agents = { http: keptConnections('http:'), https: keptConnections('https:') };

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/**
 * One request whose body is there as a whole. One that is `repeatable` may be sent twice: a connection that was kept may have been
 * closed by the server this moment; any other rejects then, and may have been carried out. Rejects with the socket's error, with
 * ETIMEDOUT after five minutes without an answer.
 */
export async function post(
  url: string,
  options: { headers: Readonly<Record<string, string>>; body: Buffer; repeatable: boolean },
): Promise<Answer> {
  try {
    return await send(url, options);
  } catch (error) {
    if (!(error instanceof KeptConnectionLost)) throw error;
    if (!options.repeatable) throw error.cause;
    return await send(url, options, { agent: false });
  }
}

class KeptConnectionLost extends Error {}

function send(
  url: string,
  { headers, body }: { headers: Readonly<Record<string, string>>; body: Buffer },
  how: RequestOptions = {},
): Promise<Answer> {
  const isTls = url.startsWith('https:');
  return new Promise((resolve, reject) => {
    const sending = (isTls ? tlsRequest : request)(url, {
      method: 'POST',
      headers: { ...headers, 'Content-Length': body.length },
      agent: isTls ? agents.https : agents.http,
      timeout: SILENCE_MS,
      ...how,
    });
    sending.on('timeout', () =>
      sending.destroy(Object.assign(new Error(`no answer in ${SILENCE_MS / 1000} s`), { code: 'ETIMEDOUT' })),
    );
    sending.on('error', (error: NodeJS.ErrnoException) => {
      const isLost = sending.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(isLost ? new KeptConnectionLost(error.message, { cause: error }) : error);
    });
    sending.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    sending.end(body);
  });
}
