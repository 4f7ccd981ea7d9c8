import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestPostgres, type TestPostgres } from '../../testing/test-postgres.ts';
import { openSession } from './session.ts';

let server: TestPostgres;
let forgetful: Server;
const sockets = new Set<Socket>();
let port = 0;

/** Passes the login, and nothing from the first statement on: as a firewall that forgets a connection in that moment. */
beforeAll(async () => {
  server = await startTestPostgres();
  forgetful = createServer((inbound) => {
    const outbound = createConnection(server.port, '127.0.0.1');
    let isForgotten = false;
    inbound.on('data', (bytes: Buffer) => {
      isForgotten ||= bytes.includes('transaction_timeout');
      if (!isForgotten) outbound.write(bytes);
    });
    outbound.pipe(inbound);
    for (const socket of [inbound, outbound]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  await new Promise<void>((resolve) => forgetful.listen(0, '127.0.0.1', resolve));
  const address = forgetful.address();
  port = typeof address === 'object' && address !== null ? address.port : 0;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => forgetful?.close(resolve));
  await server?.stop();
});

test('a connection that carries nothing any more once the login is over is given up in the time for connecting', async () => {
  const url = new URL(server.url('postgres'));
  url.port = String(port);
  await expect(
    openSession({ url: url.toString(), applicationName: 'test', connectTimeoutMs: 300 }),
  ).rejects.toMatchObject({ code: 'INGEST_CONNECTION_SILENT' });
});
