import { expect, test } from 'vitest';
import { type RequestConnection, requestHead, sendParts } from './kafkajs-request.ts';
import { encodeProduce, PRODUCE } from './produce-request.ts';

/** A connection to a broker that answers what `answer` says of the bytes that came. */
class TestConnection implements RequestConnection {
  readonly clientId = 'me';
  throttledMs = 0;
  isSignedIn = true;
  readonly #answer: (bytes: Buffer) => Buffer | Error;
  readonly #written: Buffer[] = [];

  constructor(answer: (bytes: Buffer) => Buffer | Error) {
    this.#answer = answer;
  }

  get socket(): RequestConnection['socket'] {
    const write = (part: Buffer): boolean => this.#written.push(part) > 0;
    // One of its forms: with a buffer alone.
    return { cork() {}, write: write as RequestConnection['socket']['write'], uncork() {} };
  }

  readonly requestQueue: RequestConnection['requestQueue'] = {
    push: ({ entry, sendRequest }) => {
      sendRequest();
      const answer = this.#answer(Buffer.concat(this.#written));
      if (answer instanceof Error) entry.reject(answer);
      else entry.resolve({ payload: answer });
    },
    maybeThrottle: (ms) => {
      this.throttledMs = ms;
    },
  };

  isAuthenticated(): boolean {
    return this.isSignedIn;
  }

  async authenticate(): Promise<void> {
    this.isSignedIn = true;
  }

  failIfNotConnected(): void {
    if (!this.isSignedIn) throw new Error('asked before it was signed in');
  }

  nextCorrelationId(): number {
    return 7;
  }
}

test('says in front of a request how long it is, and whose', () => {
  const parts = [Buffer.alloc(100), Buffer.alloc(3)];
  const head = requestHead(PRODUCE, { correlationId: 7, clientId: 'me', parts });
  expect(head.readInt32BE(0)).toBe(head.length - 4 + 103);
  expect([head.readInt16BE(4), head.readInt16BE(6), head.readInt32BE(8)]).toEqual([0, 7, 7]);
  expect(head.subarray(12).toString('latin1')).toBe('\0\u0002me');
});

test('has batches of a produce request as they are, without a copy', () => {
  const batches = ['a', 'b', 'a'].map((topic, partition) => ({
    topic,
    partition,
    bytes: Buffer.from(`batch ${partition}`),
  }));
  const parts = encodeProduce(batches, 1_000);
  for (const { bytes } of batches) expect(parts.filter((part) => part === bytes)).toHaveLength(1);
  expect([...Buffer.concat(parts)]).toEqual([
    ...[0xff, 0xff, 0xff, 0xff, 0, 0, 3, 232, 0, 0, 0, 2],
    ...[0, 1, 97, 0, 0, 0, 2],
    ...[0, 0, 0, 0, 0, 0, 0, 7, ...Buffer.from('batch 0')],
    ...[0, 0, 0, 2, 0, 0, 0, 7, ...Buffer.from('batch 2')],
    ...[0, 1, 98, 0, 0, 0, 1],
    ...[0, 0, 0, 1, 0, 0, 0, 7, ...Buffer.from('batch 1')],
  ]);
});

test('writes the parts behind the head, signed in, and keeps to what the broker asks for', async () => {
  const parts = [Buffer.from('one '), Buffer.from('two')];
  const connection = new TestConnection((bytes) => bytes.subarray(bytes.readInt32BE(0) + 4 - 7));
  connection.isSignedIn = false;
  const decode = (bytes: Buffer) => ({ answer: bytes.toString(), throttleMs: 30 });
  expect(await sendParts(connection, { name: PRODUCE, parts, decode })).toBe('one two');
  expect(connection.throttledMs).toBe(30);
});

test('rejects with what the connection ends with', async () => {
  const connection = new TestConnection(() => new Error('gone'));
  const decode = () => ({ answer: null, throttleMs: 0 });
  await expect(sendParts(connection, { name: PRODUCE, parts: [], decode })).rejects.toThrow('gone');
});
