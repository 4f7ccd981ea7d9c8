import { MillraceError } from '../../runtime/errors.ts';
import { claimPort as claim } from '../../runtime/free-port.ts';
import { EMBEDDED_ERRORS } from './errors.ts';

/** The port itself when it can be listened on, a free one for 0. Throws EMBEDDED_PORT_TAKEN. */
export async function claimPort(host: string, port: number): Promise<number> {
  try {
    return await claim(host, port);
  } catch (error) {
    throw new MillraceError(EMBEDDED_ERRORS.portTaken, `cannot listen on ${host}:${port}`, { cause: error });
  }
}
