import type { EventEmitter } from 'node:events';
import type pg from 'pg';
import { MillraceError } from '../../../runtime/errors.ts';
import { INGEST_ERRORS } from '../../errors.ts';
import { socketOf } from '../stream/wire.ts';

/**
 * libpq's `channel_binding` (https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-CHANNEL-BINDING):
 * SCRAM proves that the server at the other end of TLS is the one that knows the password. `require` takes nothing else.
 * Without the parameter it is off, since it cannot be had with every certificate (Ed25519).
 */
export type ChannelBinding = 'disable' | 'prefer' | 'require';

export function channelBindingOf(url: URL): ChannelBinding {
  const asked = url.searchParams.get('channel_binding');
  return asked === 'require' || asked === 'prefer' ? asked : 'disable';
}

/**
 * Connects, or ends the connection before a password is sent any other way than bound to the channel: rejects with
 * INGEST_CHANNEL_BINDING_MISSING then.
 */
export async function connectBound(client: pg.Client, host: string): Promise<void> {
  // Not in the typings, but in `pg` since its first version: the connection, which emits the server's messages by name.
  const { connection } = client as unknown as { connection: EventEmitter };
  let isBound = false;
  let refusal: MillraceError | null = null;
  const refuse = (how: string): void => {
    refusal ??= new MillraceError(INGEST_ERRORS.channelBindingMissing, `${host} asks for ${how}`);
    socketOf(client).destroy(refusal);
  };
  connection.on('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!isBound) refuse(mechanisms.join(', '));
  });
  connection.on('authenticationCleartextPassword', () => refuse('a password in the clear'));
  connection.on('authenticationMD5Password', () => refuse('an MD5 password'));
  connection.on('authenticationOk', () => {
    if (!isBound) refuse('no password');
  });
  // What the driver makes of the end is another error, or none where the login was over.
  const failure: unknown = await client.connect().then(
    () => null,
    (error: unknown) => error,
  );
  if (refusal !== null || failure !== null) throw refusal ?? failure;
}
