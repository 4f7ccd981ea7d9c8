import type { Socket } from 'node:net';
import type pg from 'pg';

/** An error or notice as the server sends it. */
export class ServerError extends Error {
  readonly code: string;
  readonly severity: string;

  constructor(fields: { code: string; severity: string; message: string }) {
    super(fields.message);
    this.name = 'ServerError';
    this.code = fields.code;
    this.severity = fields.severity;
  }
}

/**
 * Takes the socket of a connected, idle client for good: from now on its bytes are ours and `pg` parses nothing. The
 * client stays good for `end()`. TLS and authentication are done by then, so the socket may be a TLS one.
 */
export function takeSocket(client: pg.Client): Socket {
  const socket = socketOf(client);
  socket.removeAllListeners('data');
  return socket;
}

/** Not in the typings, but in `pg` since its first version: the connection and its stream. */
export function socketOf(client: pg.Client): Socket {
  const { connection } = client as unknown as { connection: { stream: Socket } };
  return connection.stream;
}

/** A simple query message. */
export function queryMessage(sql: string): Buffer {
  const text = Buffer.from(sql);
  const message = Buffer.alloc(text.length + 6);
  message[0] = 0x51; // Q
  message.writeInt32BE(text.length + 5, 1);
  text.copy(message, 5);
  return message;
}

/** CopyData around a payload. */
export function copyDataMessage(payload: Buffer): Buffer {
  const message = Buffer.alloc(payload.length + 5);
  message[0] = 0x64; // d
  message.writeInt32BE(payload.length + 4, 1);
  payload.copy(message, 5);
  return message;
}

export const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

/** Reads an ErrorResponse or NoticeResponse body. */
export function readServerError(bytes: Buffer, start: number, end: number): ServerError {
  const fields = new Map<string, string>();
  let at = start;
  while (at < end && bytes[at] !== 0) {
    const zero = bytes.indexOf(0, at + 1);
    const stop = zero < 0 || zero > end ? end : zero;
    fields.set(String.fromCharCode(bytes[at]!), bytes.toString('utf8', at + 1, stop));
    at = stop + 1;
  }
  return new ServerError({
    code: fields.get('C') ?? 'XX000',
    severity: fields.get('V') ?? fields.get('S') ?? 'ERROR',
    message: fields.get('M') ?? 'no message',
  });
}
