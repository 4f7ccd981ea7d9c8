import type { FastifyRequest } from 'fastify';
import { API_ERRORS } from '../errors.ts';
import { choice } from '../parameters/parameter.ts';
import { ApiError } from '../problems/problem.ts';
import { FORMAT_DEFINITIONS, FORMATS, type Format } from './format.ts';
import { negotiateFormat } from './negotiate-format.ts';

export const FORMAT = choice(
  FORMATS,
  null,
  'How the answer is written. Default: what the header `Accept` wants most, else JSON.',
);

/** The parameter, else what `Accept` wants. Throws API_NOT_ACCEPTABLE with what there is. */
export function formatOf(asked: Format | null, request: FastifyRequest): Format {
  const format = asked ?? negotiateFormat(request.headers.accept);
  if (format !== null) return format;
  const problem = { parameter: 'Accept', problem: 'names none of the formats', allowed: FORMATS.flatMap(typesOf) };
  throw new ApiError(API_ERRORS.notAcceptable, 'Accept names none of the formats', { problems: [problem] });
}

function typesOf(format: Format): readonly string[] {
  return FORMAT_DEFINITIONS[format].accepted;
}

/** The tag of an answer in a format: another one than in JSON, since it is another representation. */
export function formatTag(tag: string, format: Format): string {
  return format === 'json' ? tag : tag.replace(/"$/, `-${format}"`);
}
