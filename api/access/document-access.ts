import type { FastifyInstance } from 'fastify';
import { problemResponses } from '../problems/problem-schema.ts';
import { neededFor } from './scopes.ts';

/** The ways to say who asks, for the OpenAPI document. */
export const SECURITY_SCHEMES = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description: 'A key (`mr_...`, from `millrace keys create`), or a token (JWT) of the configured identity provider.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'A key, in a header of its own.' },
} as const;

interface Documented {
  hide?: boolean;
  response?: Record<string, unknown>;
  security?: readonly object[];
}

/** Has every route that is not open to everybody say how to get in, and what comes of not being let in. Before routes are added. */
export function documentAccess(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const schema = route.schema as Documented | undefined;
    if (schema === undefined || schema.hide === true || schema.response === undefined) return;
    if (neededFor(route.url, {}, route.config) === 'open') return;
    // None is one of them: where `api.access` is left out, nobody is asked.
    schema.security = [{ bearer: [] }, { apiKey: [] }, {}];
    schema.response = { ...problemResponses(401, 403, 429, 503), ...schema.response };
  });
}
