import { createConnection, createServer, type Socket } from 'node:net';

export interface FreezingProxy {
  readonly port: number;
  /**
   * The first `count` connections (all that were made so far) stay open and carry nothing any more, as behind a firewall
   * that forgot them.
   */
  freeze(count?: number): void;
  /** The same for the connection that was made last. */
  freezeLast(): void;
  close(): Promise<void>;
}

/** A TCP proxy in front of a server. */
export async function startFreezingProxy(target: { host: string; port: number }): Promise<FreezingProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((inbound) => {
    const outbound = createConnection(target.port, target.host);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    freeze(count = sockets.size) {
      for (const socket of [...sockets].slice(0, 2 * count)) {
        socket.unpipe();
        socket.pause();
      }
    },
    freezeLast() {
      for (const socket of [...sockets].slice(-2)) {
        socket.unpipe();
        socket.pause();
      }
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
