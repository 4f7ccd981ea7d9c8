import type { Socket } from 'node:net';
import { ByteSink } from '../records/byte-sink.ts';
import { int16, int32, text } from './request-fields.ts';

/** One of kafkajs's connections, as far as a request of our own needs it. */
export interface RequestConnection {
  readonly clientId: string;
  readonly socket: Pick<Socket, 'cork' | 'write' | 'uncork'>;
  readonly requestQueue: {
    /** Calls `sendRequest` as soon as the broker may be asked; then `resolve` with the answer, or `reject`. */
    push(request: {
      readonly entry: RequestName & {
        readonly correlationId: number;
        readonly resolve: (answer: { readonly payload: Buffer }) => void;
        readonly reject: (error: unknown) => void;
      };
      readonly expectResponse: true;
      readonly requestTimeout: null;
      readonly sendRequest: () => void;
    }): void;
    maybeThrottle(ms: number): void;
  };
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  failIfNotConnected(): void;
  nextCorrelationId(): number;
}

export interface RequestName {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly apiName: string;
}

/**
 * Sends a request whose body is `parts` behind each other, as they are: kafkajs copies a body twice, into memory that it
 * clears before. They must not change until the answer is here; when it does not come, never: they may still be on their way.
 */
export async function sendParts<Answer>(
  connection: RequestConnection,
  request: {
    readonly name: RequestName;
    readonly parts: readonly Buffer[];
    readonly decode: (bytes: Buffer) => { readonly answer: Answer; readonly throttleMs: number };
  },
): Promise<Answer> {
  const { name, parts } = request;
  if (!connection.isAuthenticated()) await connection.authenticate();
  connection.failIfNotConnected();
  const correlationId = connection.nextCorrelationId();
  const head = requestHead(name, { correlationId, clientId: connection.clientId, parts });
  const { payload } = await new Promise<{ readonly payload: Buffer }>((resolve, reject) => {
    connection.requestQueue.push({
      entry: { ...name, correlationId, resolve, reject },
      expectResponse: true,
      requestTimeout: null,
      sendRequest() {
        const { socket } = connection;
        socket.cork();
        socket.write(head);
        for (const part of parts) socket.write(part);
        socket.uncork();
      },
    });
  });
  const { answer, throttleMs } = request.decode(payload);
  connection.requestQueue.maybeThrottle(throttleMs);
  return answer;
}

/** Size and header, version 1 (https://kafka.apache.org/protocol.html#protocol_messages). */
export function requestHead(
  { apiKey, apiVersion }: RequestName,
  {
    correlationId,
    clientId,
    parts,
  }: { readonly correlationId: number; readonly clientId: string; readonly parts: readonly Buffer[] },
): Buffer {
  const header = new ByteSink(64);
  int16(header, apiKey);
  int16(header, apiVersion);
  int32(header, correlationId);
  text(header, clientId);
  const out = new ByteSink(64);
  int32(
    out,
    parts.reduce((sum, { length }) => sum + length, header.length),
  );
  out.append(header.written());
  return out.written();
}
