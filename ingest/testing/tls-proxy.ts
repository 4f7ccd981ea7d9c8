import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { connect, TLSSocket } from 'node:tls';

/** The question for TLS, https://www.postgresql.org/docs/18/protocol-message-formats.html */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** Somebody in the middle: ends a client's TLS with a certificate of its own, and speaks TLS to the server. */
export async function startTlsProxy(
  target: { host: string; port: number },
  certificate: { readonly certificate: string; readonly key: string },
): Promise<{ readonly port: number; close(): Promise<void> }> {
  const sockets = new Set<Socket>();
  async function join(inbound: Socket): Promise<void> {
    await once(inbound, 'data');
    const outbound = createConnection(target.port, target.host);
    keep(outbound);
    outbound.write(SSL_REQUEST);
    await once(outbound, 'data');
    inbound.write('S');
    const near = new TLSSocket(inbound, { isServer: true, cert: certificate.certificate, key: certificate.key });
    const far = connect({ socket: outbound, rejectUnauthorized: false });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      keep(from);
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  }
  function keep(socket: Socket): void {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  }
  const server = createServer((inbound) => {
    keep(inbound);
    void join(inbound).catch(() => inbound.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
