import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import { auditParameters, withoutSecrets } from './audit-parameters.ts';
import { type Call, type Caller, isRestricted, withCall } from './caller.ts';
import type { Access } from './open-access.ts';
import { covers, type Needed, neededFor } from './scopes.ts';

/** Tells what reading costs, which is more than the rows that some may see. */
const UNRESTRICTED_ONLY = new Set(['/v1/cubes/:cube/explain']);

/** Of whom nobody asks who it is: what is about the pipeline, and no rows. */
const METRICS_CALLER: Caller = {
  kind: 'key',
  id: '',
  name: 'metrics',
  scopes: ['operations'],
  filters: {},
  requestsPerMinute: null,
};

/**
 * Lets in whom the configuration and the keys let in, before anything else is done for a request, and has whatever is done for it know
 * who asks. To be called before routes are added.
 */
export function addAccess(app: FastifyInstance, access: Access): void {
  const calls = new WeakMap<FastifyRequest, Call>();
  const codes = new WeakMap<FastifyRequest, string>();

  app.addHook('onRequest', async (request, reply) => {
    const needed = neededBy(request);
    if (needed === 'open') return;
    if (access.openMetrics && request.routeOptions.url === '/metrics') {
      calls.set(request, { caller: METRICS_CALLER, noted: null });
      return;
    }
    // What others keep must not be given to somebody else, and who it is stands in these.
    void reply.header('vary', [reply.getHeader('vary') ?? [], 'Authorization, X-Api-Key'].flat().join(', '));
    const caller = await access.authenticate(request.headers).catch((error: unknown) => {
      if (error instanceof ApiError && error.definition.status === 401) challenge(reply, error);
      throw error;
    });
    calls.set(request, { caller, noted: null });
    limit(access, caller, reply);
    if (!covers(caller.scopes, needed)) throw new ApiError(API_ERRORS.scopeMissing, `it needs ${scopeText(needed)}`);
    if (isRestricted(caller.filters) && UNRESTRICTED_ONLY.has(request.routeOptions.url ?? '')) {
      throw new ApiError(
        API_ERRORS.rowsRestricted,
        'costs are those of all rows: this is for keys without row filters',
      );
    }
  });

  // Behind the reading of the body, which would lose it.
  app.addHook('preHandler', (request, _reply, done) => {
    withCall(calls.get(request) ?? { caller: null, noted: null }, done);
  });

  app.addHook('onSend', async (request, reply, payload) => {
    if (neededBy(request) === 'open') return;
    const cacheControl = String(reply.getHeader('cache-control') ?? 'no-cache');
    if (!/private|no-store/.test(cacheControl)) void reply.header('cache-control', `private, ${cacheControl}`);
    if (String(reply.getHeader('content-type')).startsWith('application/problem+json') && typeof payload === 'string') {
      codes.set(request, (JSON.parse(payload) as { code: string }).code);
    }
  });

  app.addHook('onResponse', async (request, reply) => {
    if (neededBy(request) === 'open' || calls.get(request)?.caller === METRICS_CALLER) return;
    const { caller = null, noted = null } = calls.get(request) ?? {};
    access.audit.add({
      at: (Date.now() / 1000).toFixed(3),
      request_id: request.id,
      caller_kind: caller?.kind ?? 'none',
      caller: caller?.id ?? '',
      caller_name: caller?.name ?? '',
      address: request.ip,
      method: request.method,
      route: request.routeOptions.url ?? '',
      path: withoutSecrets(request.url.split('?', 1)[0] ?? ''),
      parameters: auditParameters({ query: request.query, params: request.params, body: request.body }),
      status: reply.statusCode,
      code: codes.get(request) ?? '',
      watermark: noted?.watermark ?? null,
      rows: reply.statusCode < 400 ? (noted?.rows ?? null) : null,
      duration_ms: Math.round(reply.elapsedTime),
    });
  });

  app.addHook('onClose', () => access.audit.close());
}

/** What there is no route for tells nobody anything. */
function neededBy(request: FastifyRequest): Needed {
  const { url, config } = request.routeOptions;
  if (request.is404 || url === undefined) return 'open';
  return neededFor(url, (request.params ?? {}) as Record<string, string>, config);
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3 */
function challenge(reply: FastifyReply, { code, detail }: ApiError): void {
  const isMissing = code === API_ERRORS.credentialsMissing.code;
  const why = isMissing ? '' : `, error="invalid_token", error_description="${detail.replaceAll(/["\\]/g, '')}"`;
  void reply.header('www-authenticate', `Bearer realm="millrace"${why}`);
}

/** Fields as https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ has them. Throws API_RATE_LIMITED. */
function limit(access: Access, { kind, id, requestsPerMinute }: Caller, reply: FastifyReply): void {
  if (requestsPerMinute === null) return;
  const taken = access.limits.take(`${kind} ${id}`, requestsPerMinute);
  void reply.header('ratelimit-policy', `"minute";q=${requestsPerMinute};w=60`);
  void reply.header('ratelimit', `"minute";r=${taken.remaining};t=${taken.fullAfterSeconds}`);
  if (taken.isAllowed) return;
  void reply.header('retry-after', String(taken.retryAfterSeconds));
  throw new ApiError(API_ERRORS.rateLimited, `${requestsPerMinute} requests a minute are allowed`);
}

function scopeText(needed: Exclude<Needed, 'open'>): string {
  if (needed === 'any') return 'a scope';
  return 'scope' in needed ? `the scope ${needed.scope}` : `a scope of ${needed.area}`;
}
