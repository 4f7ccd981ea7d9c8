/** What can be given a right to, each with a name or a pattern of names behind a slash, but for `operations`. */
export const AREAS = ['reports', 'cubes', 'views'] as const;
export const SCOPE_ALLOWED = 'reports, cubes or views, each also with a name or pattern (cubes/daily_*), operations, *';
const SCOPE = /^(?:\*|operations|(?:reports|cubes|views)(?:\/[a-z0-9_*-]+)?)$/;

export function isScope(text: string): boolean {
  return SCOPE.test(text);
}

/** What a route needs. `area`: something in it, whatever that is. */
export type Needed = 'open' | 'any' | { readonly scope: string } | { readonly area: string };

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route needs, where its address does not say it. */
    readonly access?: Needed;
  }
}

/**
 * What a route needs, by its pattern and the values in its address. Only what is under `/v1`, and the metrics, is kept from whoever
 * comes; the rest is pages and documents. What nobody thought of is operations', unless the route itself says otherwise
 * (`config: { access: 'any' }`).
 */
export function neededFor(route: string, params: Readonly<Record<string, string>>, config: unknown = {}): Needed {
  const { access } = (config ?? {}) as { readonly access?: Needed };
  if (access !== undefined) return access;
  if (route === '/metrics') return { scope: 'operations' };
  const [, version, area = '', name] = route.split('/');
  if (version !== 'v1') return 'open';
  if (!AREAS.some((each) => each === area)) return { scope: 'operations' };
  if (name === undefined || name === '') return { area };
  return { scope: `${area}/${name.startsWith(':') ? (params[name.slice(1)] ?? '') : name}` };
}

/** Whether one of the scopes covers what is needed. */
export function covers(scopes: readonly string[], needed: Exclude<Needed, 'open'>): boolean {
  if (needed === 'any') return scopes.some(isScope);
  if ('area' in needed) return scopes.some((scope) => scope === '*' || areaOf(scope) === needed.area);
  return scopes.some((scope) => covered(scope, needed.scope));
}

function covered(scope: string, needed: string): boolean {
  if (!isScope(scope)) return false;
  if (scope === '*' || scope === needed) return true;
  // An area alone is all that is in it.
  const pattern = scope.includes('/') ? scope : `${scope}/*`;
  const expression = pattern.split('*').map(escaped).join('[^/]*');
  return new RegExp(`^${expression}$`).test(needed);
}

function areaOf(scope: string): string {
  return scope.split('/', 1)[0] ?? '';
}

function escaped(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\-]/g, '\\$&');
}
