/** @typedef {Readonly<Record<string, string | readonly string[] | null>>} Changes null takes a parameter away */

/**
 * A query with changes; parameters that are absent stay absent, so that addresses are short.
 * @param {URLSearchParams} query @param {Changes} changes
 */
export function withChanges(query, changes) {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    changed.delete(name);
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== null && each !== '') changed.append(name, each);
    }
  }
  return changed;
}

/** @param {string} path @param {URLSearchParams} [query] */
export function hrefOf(path, query) {
  const text = query?.toString() ?? '';
  return text === '' ? path : `${path}?${text}`;
}
