import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { SERVICES, type Service } from '../services.ts';
import { closePools, inTransaction, openPools } from './service-transaction.ts';

let server: Server | undefined;
afterEach(() => server?.close());

function message(type: string, body: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(4 + Buffer.byteLength(body, 'latin1'));
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')]);
}

/** Takes every connection and ends it, as `pg_terminate_backend` does, in the packet that says that it is ready. */
async function startEndingServer(): Promise<string> {
  const ready = Buffer.concat([message('R', '\0\0\0\0'), message('Z', 'I')]);
  const end = message('E', 'SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const ending = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([ready, end])));
  });
  server = ending;
  await new Promise<void>((resolve) => ending.listen(0, '127.0.0.1', resolve));
  const address = ending.address();
  return `postgres://u:p@127.0.0.1:${typeof address === 'object' ? address?.port : 0}/d`;
}

// The process ended: uncaught 57P01.
test('a connection that ends in the packet in which it began fails its transaction only', async () => {
  const url = await startEndingServer();
  const pools = openPools(Object.fromEntries(SERVICES.map((service) => [service, url])) as Record<Service, string>, 1);
  for (let n = 0; n < 3; n++) await expect(inTransaction(pools.order, async () => {})).rejects.toThrow();
  await closePools(pools);
});
