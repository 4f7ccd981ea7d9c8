/** Which methods there are at an address, from the routes that were added. */
export interface AllowedMethods {
  add(method: string | readonly string[], pattern: string): void;
  /** Sorted; none where there is nothing. */
  of(path: string): readonly string[];
}

/** Of everything, so that browsers may ask for it (CORS); nobody else is told of it. */
const EVERYWHERE = new Set(['*', '/*']);

export function createAllowedMethods(): AllowedMethods {
  const methods = new Map<string, { matches: RegExp; names: Set<string> }>();
  return {
    add(method, pattern) {
      if (EVERYWHERE.has(pattern)) return;
      const route = methods.get(pattern) ?? { matches: matcher(pattern), names: new Set<string>() };
      for (const name of typeof method === 'string' ? [method] : method) route.names.add(name);
      methods.set(pattern, route);
    },
    of(path) {
      const found = [...methods.values()].filter(({ matches }) => matches.test(path));
      return [...new Set(found.flatMap(({ names }) => [...names]))].sort();
    },
  };
}

/** `/v1/cubes/:cube/query`, `/docs/static/*`; a slash at the end changes nothing. */
function matcher(pattern: string): RegExp {
  const source = pattern
    .replace(/\/$/, '')
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[^/]+/g, '[^/]+')
    .replace(/\*/g, '.*');
  return new RegExp(`^${source}/?$`);
}
