import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory } from 'kafkajs';
import { createSilence } from './silence.ts';

const KEEP_ALIVE_MS = 60_000;
const LOOK_MS = 1_000;

/**
 * Sockets as kafkajs makes them, and destroyed when the other end says nothing for so long after it was asked: kafkajs lets a
 * request time out and sends the next one over the same connection, also one that a firewall has forgotten.
 */
export function watchedSockets(limitMs: number): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const socket: Socket = ssl
      ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...ssl }, onConnect)
      : connect({ host, port }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    watch(socket, limitMs);
    return socket;
  };
}

function watch(socket: Socket, limitMs: number): void {
  const silence = createSilence(limitMs);
  const timer = setInterval(() => {
    const bytes = { read: socket.bytesRead, written: socket.bytesWritten };
    if (!silence.isTooLong(performance.now(), bytes)) return;
    socket.destroy(Object.assign(new Error(`no answer for ${limitMs} ms`), { code: 'ETIMEDOUT' }));
  }, LOOK_MS);
  timer.unref();
  socket.once('close', () => clearInterval(timer));
}
