/**
 * What the server offers, out of its OpenAPI document: reports that were added later are shown too.
 * @typedef {{ name: string, description: string, schema: any, isList: boolean, isRequired: boolean }} Parameter
 * @typedef {{ path: string, name: string, summary: string, description: string, parameters: Parameter[], row: any, meta: any }} Report
 */

const PREFIX = '/v1/reports/';

/** @param {any} document @returns {Report[]} */
export function reportsOf(document) {
  return Object.keys(document.paths ?? {})
    .filter((path) => path.startsWith(PREFIX) && !path.includes('{') && document.paths[path].get !== undefined)
    .map((path) => /** @type {Report} */ (reportOf(document, path)));
}

/** Null when this server does not offer it. @param {any} document @param {string} path @returns {Report | null} */
export function reportOf(document, path) {
  const operation = document.paths?.[path]?.get;
  if (operation === undefined) return null;
  const schema = resolved(document, operation.responses?.['200']?.content?.['application/json']?.schema);
  return {
    path,
    name: path.slice(path.lastIndexOf('/') + 1),
    summary: operation.summary ?? '',
    description: operation.description ?? '',
    parameters: parametersOf(document, operation),
    row: resolved(document, resolved(document, schema?.properties?.data)?.items) ?? {},
    meta: resolved(document, schema?.properties?.meta) ?? {},
  };
}

/** @param {any} document @param {any} operation @returns {Parameter[]} */
export function parametersOf(document, operation) {
  return (operation.parameters ?? [])
    .map((/** @type {any} */ each) => resolved(document, each))
    .filter((/** @type {any} */ each) => each.in === 'query')
    .map((/** @type {any} */ each) => {
      const schema = resolved(document, each.schema) ?? {};
      return {
        name: each.name,
        description: each.description ?? schema.description ?? '',
        schema: schema.type === 'array' ? (resolved(document, schema.items) ?? {}) : schema,
        isList: schema.type === 'array',
        isRequired: each.required === true,
      };
    });
}

/** @param {Report | null} report @param {string} name */
export function parameterOf(report, name) {
  return report?.parameters.find((each) => each.name === name) ?? null;
}

/** Not asked for in a form: they are about how an answer is sent, or have a place of their own. @param {string} name */
export function isElsewhere(name) {
  return ['as_of', 'min_as_of', 'max_wait', 'format', 'cursor', 'filename'].includes(name);
}

/** Parameters of a question about a cube. @param {any} document */
export function cubeParameters(document) {
  const operation = document?.paths?.['/v1/cubes/{cube}/query']?.post;
  return operation === undefined ? [] : parametersOf(document, operation);
}

/** Values that a parameter may have, when they are a fixed list. @param {Parameter | null} parameter @returns {string[]} */
export function choicesOf(parameter) {
  return parameter?.schema.enum ?? parameter?.schema.anyOf?.find((/** @type {any} */ each) => each.enum)?.enum ?? [];
}

/** @param {any} document @param {any} schema @returns {any} */
function resolved(document, schema) {
  const reference = schema?.$ref;
  if (typeof reference !== 'string') return schema;
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce((/** @type {any} */ at, name) => at?.[name], document);
}
