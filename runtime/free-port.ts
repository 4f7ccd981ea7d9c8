import { createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return claimPort(LOOPBACK, 0);
}

/** Different ports of 127.0.0.1 that were all free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(LOOPBACK, 0)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

/**
 * The port itself when it can be listened on, a free one for 0. Rejects with what the system says (`code`: EADDRINUSE,
 * EACCES) when it cannot.
 */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = await listen(host, port);
  const claimed = portOf(server);
  await close(server);
  return claimed;
}

function listen(host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('a server that listens has no port');
  return address.port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
