import type { FastifyReply } from 'fastify';

/**
 * Aborts when the connection closes before the answer was written. (request.signal listens to the request, whose
 * `close` says that it was read: https://nodejs.org/api/http.html#event-close_3.)
 */
export function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
