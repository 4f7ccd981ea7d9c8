import compress from '@fastify/compress';
import type { FastifyInstance } from 'fastify';

/** Below this a compressed answer is hardly smaller, and may be larger. */
const MIN_BYTES = 1_024;
/** Parquet is compressed already. */
const COMPRESSIBLE = /^text\/|\b(?:json|x-ndjson|javascript|xml)\b|\+json|vnd\.apache\.arrow|image\/svg/;

/** Answers as the client can read them: zstd, brotli or gzip, also while they are still being written. */
export async function addCompression(app: FastifyInstance): Promise<void> {
  await app.register(compress, {
    threshold: MIN_BYTES,
    encodings: ['zstd', 'br', 'gzip'],
    customTypes: COMPRESSIBLE,
    // Nobody sends us anything large.
    globalDecompression: false,
  });
}
