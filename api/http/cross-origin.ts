import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** What pages of other origins may read beside the body. */
const EXPOSED = [
  'accept-ranges',
  'content-disposition',
  'content-range',
  'etag',
  'link',
  'location',
  'retry-after',
  'x-millrace-as-of',
  'x-millrace-lag-seconds',
  'x-millrace-limit',
  'x-millrace-next-cursor',
  'x-millrace-published-at',
  'x-millrace-rows',
  'x-millrace-watermark',
  'x-request-id',
];
const ONE_HOUR_SECONDS = 3_600;

/** Lets pages of these origins read answers (`*`: of all); without any nothing is said, and browsers refuse. */
export async function addCrossOrigin(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'DELETE'],
    // Keys are sent as headers, never as cookies.
    credentials: false,
    exposedHeaders: EXPOSED,
    maxAge: ONE_HOUR_SECONDS,
    strictPreflight: false,
  });
}
