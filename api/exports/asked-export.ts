import { parse } from 'node:querystring';
import { createBodyReader } from '../cubes/body-reader.ts';
import { FORMATS } from '../formats/format.ts';
import { quoteShort } from '../parameters/parameter.ts';
import type { ExportedRequest } from './export-record.ts';
import type { Exportable, ExportFormat } from './exportable.ts';

export const EXPORT_FORMATS = FORMATS.filter((format) => format !== 'json');
export const MAX_PATH_CHARACTERS = 1_000;
export const MAX_ADDRESS_CHARACTERS = 16_384;
const MAX_VALUES = 100;

export interface AskedExport {
  readonly exportable: Exportable;
  readonly params: Readonly<Record<string, string>>;
  readonly request: ExportedRequest;
  readonly format: ExportFormat;
}

/**
 * Reads the body of `POST /v1/exports`: an address, or its path, query and body; and a format. Throws API_PARAMETERS_INVALID that names
 * everything wrong at once. What the request itself says is read by whoever answers it.
 */
export function readAskedExport(exportables: readonly Exportable[], body: unknown): AskedExport {
  const read = createBodyReader();
  const asked = read.object(body, '', ['request', 'format']) ?? {};
  const format = EXPORT_FORMATS.find((each) => each === asked.format);
  if (format === undefined) {
    const given = asked.format === undefined ? 'is missing' : `${shown(asked.format)} is none of them`;
    read.wrong('format', given, EXPORT_FORMATS);
  }
  const request = readRequest(read, asked.request);
  const found = request === null ? null : match(exportables, request.path);
  if (request !== null && found === null) {
    read.wrong(
      typeof asked.request === 'string' ? 'request' : 'request.path',
      'cannot be exported',
      exportables.map(({ route }) => route.replace(/:(\w+)/g, '{$1}')),
    );
  }
  if (request !== null && Object.hasOwn(request.query, 'format')) {
    read.wrong('request', 'has a format of its own', 'the format beside the request');
  }
  if (found?.exportable.method === 'GET' && request !== null && request.body !== null) {
    read.wrong('request.body', 'is not sent to this address', 'no body');
  }
  read.end();
  if (format === undefined || request === null || found === null) throw new Error('what is missing was refused');
  const { exportable, params } = found;
  return { exportable, params, format, request: { method: exportable.method, ...request } };
}

type BodyReader = ReturnType<typeof createBodyReader>;
type Request = Omit<ExportedRequest, 'method'>;

function readRequest(read: BodyReader, value: unknown): Request | null {
  if (typeof value === 'string') {
    if (value.length > MAX_ADDRESS_CHARACTERS) {
      read.wrong('request', 'is too long', `up to ${MAX_ADDRESS_CHARACTERS} characters`);
      return null;
    }
    const [path = '', ...query] = value.split('?');
    return { path, query: { ...(parse(query.join('?')) as Request['query']) }, body: null };
  }
  const asked = read.object(value, 'request', ['path', 'query', 'body']);
  if (asked === null) return null;
  const { path, body = null } = asked;
  const query = readQuery(read, asked.query);
  if (typeof path === 'string' && path.length <= MAX_PATH_CHARACTERS && !path.includes('?'))
    return { path, query, body };
  const problem = path === undefined ? 'is missing' : `${shown(path)} is no path`;
  read.wrong('request.path', problem, 'a path without parameters, such as /v1/views/order_history');
  return null;
}

/** As an address would have it: texts, and lists of texts where a parameter is repeated. */
function readQuery(read: BodyReader, value: unknown): Request['query'] {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    read.wrong('request.query', 'is no object', 'parameters by name');
    return {};
  }
  const query: Record<string, string | readonly string[]> = {};
  for (const [name, each] of Object.entries(value)) {
    const texts = (Array.isArray(each) ? each : [each]).map(textOf);
    const right = texts.filter((text) => text !== null);
    const [only] = right;
    if (right.length === texts.length && texts.length <= MAX_VALUES && only !== undefined) {
      query[name] = right.length === 1 ? only : right;
    } else {
      const place = `request.query.${quoteShort(name).slice(1, -1)}`;
      read.wrong(place, 'is no value of a parameter', 'a text, a number, true or false, or a list of them');
    }
  }
  return query;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}

function shown(value: unknown): string {
  return quoteShort(typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
}

/** The route that an address is of, and the names in it. */
function match(exportables: readonly Exportable[], path: string) {
  const segments = path.replace(/\/$/, '').split('/');
  for (const exportable of exportables) {
    const pattern = exportable.route.split('/');
    if (pattern.length !== segments.length) continue;
    const params: Record<string, string> = {};
    const isIt = pattern.every((part, i) => {
      const segment = decoded(segments[i] ?? '');
      if (!part.startsWith(':')) return part === segment;
      params[part.slice(1)] = segment ?? '';
      return segment !== null && segment !== '';
    });
    if (isIt) return { exportable, params };
  }
  return null;
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
