import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Writes bytes to a new file as they come, at the pace of the disk; it is on disk when this ends. `meter` sees each chunk before it is
 * written, and ends it by throwing.
 */
export async function writeExport(options: {
  content: Readable;
  /** Must not be there. */
  path: string;
  meter: (chunk: Buffer) => void | Promise<void>;
  signal: AbortSignal;
}): Promise<{ sha256: string }> {
  const { content, path, meter, signal } = options;
  const hash = createHash('sha256');
  await pipeline(
    content,
    async function* metered(chunks: AsyncIterable<Buffer | string>) {
      for await (const each of chunks) {
        const chunk = typeof each === 'string' ? Buffer.from(each) : each;
        await meter(chunk);
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    { signal },
  );
  return { sha256: hash.digest('hex') };
}
