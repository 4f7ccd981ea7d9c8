import { createConnection, createServer, type Socket } from 'node:net';

/** A network between two ends whose weather can be changed. */
export interface WeatherProxy {
  readonly port: number;
  /** Nothing passes, and nothing is lost: what was sent arrives after `clear`. New connections wait too. */
  stall(): void;
  clear(): void;
  /** Every connection is reset. */
  cut(): void;
  /** The connections made so far stay open and carry nothing ever again, as behind a firewall that forgot them. */
  halfOpen(): void;
  /** What the server answers on the connections made so far is lost; what it is sent arrives. */
  loseAnswers(): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of a server on loopback. */
export async function startWeatherProxy(targetPort: () => number): Promise<WeatherProxy> {
  const sockets = new Set<Socket>();
  const answering = new Set<Socket>();
  const forgotten = new Set<Socket>();
  const unheard = new WeakSet<Socket>();
  let stalled = false;
  const server = createServer((inbound) => {
    const outbound = createConnection(targetPort(), '127.0.0.1');
    answering.add(outbound);
    outbound.once('close', () => answering.delete(outbound));
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        // Nobody is told of the end of what was forgotten.
        if (!forgotten.has(from)) to.destroy();
      });
      from.on('data', (bytes: Buffer) => {
        if (!forgotten.has(from) && !unheard.has(from) && !to.write(bytes)) from.pause();
      });
      to.on('drain', () => {
        if (!stalled) from.resume();
      });
      if (stalled) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    stall() {
      stalled = true;
      for (const socket of sockets) socket.pause();
    },
    clear() {
      stalled = false;
      for (const socket of sockets) if (!forgotten.has(socket)) socket.resume();
    },
    cut() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    halfOpen() {
      for (const socket of sockets) {
        forgotten.add(socket);
        socket.pause();
      }
    },
    loseAnswers() {
      for (const socket of answering) unheard.add(socket);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
