/**
 * A question about a cube in the address, short enough to be read: `measures=a,b`, `dimensions=month:quarter,channel`,
 * `where=channel~equals~web|shop` (repeated), `order=units~desc`, `from`, `to`, `limit`.
 * @typedef {{ name: string, grain: string | null }} Dimension
 * @typedef {{ name: string, operator: string, values: string[] }} Filter
 * @typedef {{ measures: string[], dimensions: Dimension[], filters: Filter[], from: string, to: string, order: { name: string, direction: string } | null, limit: string }} Asked
 */

const list = (/** @type {string | null} */ text) => (text ?? '').split(',').filter((each) => each !== '');

/** @param {URLSearchParams} query @returns {Asked} */
export function askedOf(query) {
  const order = query.get('order')?.split('~') ?? null;
  return {
    measures: list(query.get('measures')),
    dimensions: list(query.get('dimensions')).map((text) => {
      const [name, grain] = text.split(':');
      return { name, grain: grain ?? null };
    }),
    filters: query.getAll('where').map((text) => {
      const [name, operator = 'equals', values = ''] = text.split('~');
      return { name, operator, values: values === '' ? [] : values.split('|').map(decodeURIComponent) };
    }),
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    order: order === null ? null : { name: order[0], direction: order[1] ?? 'asc' },
    limit: query.get('limit') ?? '',
  };
}

/** @param {readonly Dimension[]} dimensions */
export function dimensionsText(dimensions) {
  return dimensions.map(({ name, grain }) => (grain === null ? name : `${name}:${grain}`)).join(',');
}

/** @param {readonly Filter[]} filters */
export function filterTexts(filters) {
  const escaped = (/** @type {string} */ value) =>
    value.replace(/[%|~]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
  return filters.map(({ name, operator, values }) => `${name}~${operator}~${values.map(escaped).join('|')}`);
}

/** The body of the question as the API reads it; null while nothing is asked. @param {Asked} asked @param {number} [defaultLimit] */
export function bodyOf({ measures, dimensions, filters, from, to, order, limit }, defaultLimit = 500) {
  if (measures.length + dimensions.length === 0) return null;
  // One whose values are still to be written asks nothing yet.
  const whole = filters.filter(({ operator, values }) => values.length > 0 || /null$/.test(operator));
  return {
    measures,
    dimensions: dimensions.map(({ name, grain }) => (grain === null ? name : { name, grain })),
    ...(whole.length > 0 && {
      filters: whole.map(({ name, operator, values }) =>
        /null$/.test(operator) ? { name, operator } : { name, operator, values },
      ),
    }),
    ...((from !== '' || to !== '') && { time_range: { ...(from !== '' && { from }), ...(to !== '' && { to }) } }),
    ...(order !== null && { order: [order] }),
    limit: /^\d+$/.test(limit) ? Number(limit) : defaultLimit,
  };
}

/** A command that asks the same. @param {string} address @param {unknown} body @param {boolean} hasKey */
export function curlOf(address, body, hasKey) {
  const quoted = JSON.stringify(body).replaceAll("'", "'\\''");
  const key = hasKey ? ` \\\n  -H "authorization: Bearer $MILLRACE_KEY"` : '';
  return `curl '${address}' \\\n  -H 'content-type: application/json'${key} \\\n  -d '${quoted}'`;
}
