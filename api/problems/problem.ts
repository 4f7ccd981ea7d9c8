import type { FastifyReply } from 'fastify';
import { MillraceError } from '../../runtime/errors.ts';
import { API_ERRORS, type ApiErrorDefinition } from '../errors.ts';

/** One wrong parameter: what was given and what is allowed. */
export interface ParameterProblem {
  readonly parameter: string;
  readonly problem: string;
  readonly allowed: string | readonly string[];
}

/** An error that is answered as a problem document; `detail` says what was wrong in this request. */
export class ApiError extends MillraceError {
  readonly definition: ApiErrorDefinition;
  readonly detail: string;
  readonly problems: readonly ParameterProblem[];

  constructor(
    definition: ApiErrorDefinition,
    detail: string,
    options?: { cause?: unknown; problems?: readonly ParameterProblem[] },
  ) {
    super(definition, detail, options);
    this.definition = definition;
    this.detail = detail;
    this.problems = options?.problems ?? [];
  }
}

/** API_PARAMETERS_INVALID that names all of them. */
export function parametersInvalid(problems: readonly ParameterProblem[]): ApiError {
  const detail = problems.map(({ parameter, problem }) => `${parameter}: ${problem}`).join('; ');
  return new ApiError(API_ERRORS.parametersInvalid, detail, { problems });
}

/** RFC 9457 (https://www.rfc-editor.org/rfc/rfc9457) with our code, remedy and list of wrong parameters. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly remedy: string;
  readonly errors?: readonly ParameterProblem[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** `path` is the request's path without its query, which may hold what nobody wants repeated. */
export function problemDocument(error: ApiError, path: string): ProblemDocument {
  const { code, status, title, remedy } = error.definition;
  return {
    type: `urn:millrace:problem:${code}`,
    title,
    status,
    detail: error.detail,
    instance: path,
    code,
    remedy,
    ...(error.problems.length > 0 && { errors: error.problems }),
  };
}

export function sendProblem(reply: FastifyReply, error: ApiError): FastifyReply {
  const { status, retryAfterSeconds } = error.definition;
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  const path = reply.request.url.split('?', 1)[0] ?? '/';
  return reply
    .code(status)
    .header('content-type', PROBLEM_CONTENT_TYPE)
    .header('cache-control', 'no-store')
    .serializer((document: unknown) => JSON.stringify(document))
    .send(problemDocument(error, path));
}
