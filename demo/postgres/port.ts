import { MillraceError } from '../../runtime/errors.ts';
import { claimPort } from '../../runtime/free-port.ts';
import { DEMO_ERRORS } from '../errors.ts';

/** The port itself when 127.0.0.1 has it free, another one for 0. Throws DEMO_PORT_IN_USE. */
export async function checkPort(port: number): Promise<number> {
  try {
    return await claimPort('127.0.0.1', port);
  } catch (error) {
    throw new MillraceError(DEMO_ERRORS.portInUse, `port ${port} on 127.0.0.1`, { cause: error });
  }
}
