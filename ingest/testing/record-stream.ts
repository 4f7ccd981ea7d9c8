import { closeSession, openSession } from '../postgres/connection/session.ts';
import { FrameReader } from '../postgres/stream/frame-reader.ts';
import { statusUpdate } from '../postgres/stream/status-update.ts';
import { copyDataMessage, queryMessage, takeSocket } from '../postgres/stream/wire.ts';

/** The bytes that a walsender sends for a slot, from CopyBothResponse on, up to the commit that ends at or after `untilLsn`. */
export async function recordStream(options: {
  url: string;
  slot: string;
  publication: string;
  untilLsn: bigint;
}): Promise<Buffer> {
  const client = await openSession({ url: options.url, applicationName: 'record', replication: true });
  const socket = takeSocket(client);
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const reader = new FrameReader((type, bytes, start) => {
      if (type === 0x45) reject(new Error('the server sent an error'));
      if (type !== 0x64) return null;
      const isCommit = bytes[start] === 0x77 && bytes[start + 25] === 0x43;
      if (isCommit && bytes.readBigUInt64BE(start + 35) >= options.untilLsn) resolve();
      if (bytes[start] === 0x6b && bytes.readBigUInt64BE(start + 1) >= options.untilLsn) resolve();
      return null;
    });
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      void reader.push(chunk); // The handler never stops it.
    });
    const sql = `START_REPLICATION SLOT "${options.slot}" LOGICAL 0/0 (proto_version '1', publication_names '${options.publication}')`;
    socket.write(queryMessage(sql));
    socket.write(copyDataMessage(statusUpdate(0n, Date.now(), true)));
  });
  await closeSession(client);
  return Buffer.concat(chunks);
}
