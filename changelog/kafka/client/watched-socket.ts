import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { createSilence } from './silence.ts';

const KEEP_ALIVE_MS = 60_000;
const LOOK_MS = 1_000;

/** Open sockets of this process by the address that they lead to, with when they were last seen to have answered. */
const open = new Map<string, Map<Socket, { answeredAtMs: number }>>();

/**
 * Sockets as kafkajs makes them, and destroyed when the other end says nothing for so long after it was asked: kafkajs lets a
 * request time out and sends the next one over the same connection, also one that a firewall has forgotten. What else
 * leads there and has not answered lately goes with it, rather than to be found out one after the other.
 */
export function watchedSockets(limitMs: number): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const socket: Socket = ssl
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    watch(socket, `${host}:${port}`, limitMs);
    return socket;
  };
}

function watch(socket: Socket, address: string, limitMs: number): void {
  const silence = createSilence(limitMs);
  const answers = { answeredAtMs: performance.now() };
  const siblings = open.get(address) ?? new Map<Socket, { answeredAtMs: number }>();
  open.set(address, siblings.set(socket, answers));
  let read = 0;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const bytes = { read: socket.bytesRead, written: socket.bytesWritten };
    if (bytes.read !== read) answers.answeredAtMs = nowMs;
    ({ read } = bytes);
    if (!silence.isTooLong(nowMs, bytes)) return;
    for (const [each, { answeredAtMs }] of siblings) {
      if (each === socket || nowMs - answeredAtMs >= limitMs / 2) each.destroy(noAnswer(limitMs));
    }
  }, LOOK_MS);
  timer.unref();
  socket.once('close', () => {
    clearInterval(timer);
    siblings.delete(socket);
    if (siblings.size === 0) open.delete(address);
  });
}

function noAnswer(limitMs: number): Error {
  return Object.assign(new Error(`no answer for ${limitMs} ms`), { code: 'ETIMEDOUT' });
}
