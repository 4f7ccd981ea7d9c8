import { createServer } from 'node:net';
import { MillraceError } from '../../runtime/errors.ts';
import { DEMO_ERRORS } from '../errors.ts';

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/** The port itself. Throws DEMO_PORT_IN_USE. */
export async function checkPort(port: number): Promise<number> {
  try {
    return await listenOnce(port);
  } catch (error) {
    throw new MillraceError(DEMO_ERRORS.portInUse, `port ${port} on 127.0.0.1`, { cause: error });
  }
}

function listenOnce(port: number): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address !== null ? address.port : port));
    });
  });
}
