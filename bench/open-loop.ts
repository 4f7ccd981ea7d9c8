import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Asked } from './report-mix.ts';

/** More wait for a connection, in their own time. */
const MAX_CONNECTIONS = 64;
const TIMEOUT_MS = 20_000;

export interface LoadResult {
  /** From the moment at which a request was due until its last byte, also of those that failed. */
  readonly latenciesMs: readonly number[];
  /** By status; `error` where there was no answer. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
  readonly bytes: number;
}

/**
 * Requests at random moments (a Poisson process) at a rate, whatever becomes of those before: what waits because the server is busy is
 * part of its time. Resolves when all are answered.
 */
export async function openLoop(options: {
  url: string;
  perSecond: number;
  seconds: number;
  next: () => Asked;
  /** From 0 up to 1, not included. */
  random: () => number;
}): Promise<LoadResult> {
  const { url, perSecond, seconds, next, random } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  const latenciesMs: number[] = [];
  const statuses: Record<string, number> = {};
  let bytes = 0;
  const answers: Promise<void>[] = [];
  const beganMs = performance.now();
  try {
    for (let dueMs = 0; ; ) {
      dueMs += (-Math.log(1 - random()) * 1000) / perSecond;
      if (dueMs > seconds * 1000) break;
      const waitMs = beganMs + dueMs - performance.now();
      if (waitMs > 1) await delay(waitMs);
      const startedMs = beganMs + dueMs;
      answers.push(
        ask({ agent, url, asked: next() }).then((answer) => {
          latenciesMs.push(performance.now() - startedMs);
          statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
          bytes += answer.bytes;
        }),
      );
    }
    await Promise.all(answers);
    return { latenciesMs, statuses, seconds: (performance.now() - beganMs) / 1000, bytes };
  } finally {
    agent.destroy();
  }
}

function ask({
  agent,
  url,
  asked,
}: {
  agent: Agent;
  url: string;
  asked: Asked;
}): Promise<{ status: string; bytes: number }> {
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 'error', bytes: 0 });
    const sent = request(
      `${url}${asked.path}`,
      {
        agent,
        method: asked.method,
        timeout: TIMEOUT_MS,
        headers:
          asked.body === null
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(asked.body) },
      },
      (answer) => {
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        answer.once('end', () => resolve({ status: String(answer.statusCode), bytes }));
        answer.once('error', failed);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.once('error', failed);
    sent.end(asked.body ?? undefined);
  });
}
