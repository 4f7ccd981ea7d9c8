import { createServer } from 'node:net';
import { MillraceError } from '../../runtime/errors.ts';
import { EMBEDDED_ERRORS } from './errors.ts';

/** The port itself when it can be listened on, a free one for 0. Throws EMBEDDED_PORT_TAKEN. */
export async function claimPort(host: string, port: number): Promise<number> {
  const server = createServer();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once('error', (error) =>
    reject(new MillraceError(EMBEDDED_ERRORS.portTaken, `cannot listen on ${host}:${port}`, { cause: error })),
  );
  server.listen({ host, port, exclusive: true }, () => {
    const address = server.address();
    const claimed = typeof address === 'object' && address !== null ? address.port : port;
    server.close(() => resolve(claimed));
  });
  return promise;
}
