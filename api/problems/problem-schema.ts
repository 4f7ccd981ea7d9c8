import { API_ERRORS } from '../errors.ts';

const EXAMPLE = {
  type: `urn:millrace:problem:${API_ERRORS.parametersInvalid.code}`,
  title: API_ERRORS.parametersInvalid.title,
  status: 400,
  detail: 'grain: "decade" is not one of the values',
  instance: '/v1/reports/sales-trends',
  code: API_ERRORS.parametersInvalid.code,
  remedy: API_ERRORS.parametersInvalid.remedy,
  errors: [
    {
      parameter: 'grain',
      problem: '"decade" is not one of the values',
      allowed: ['day', 'week', 'month', 'quarter', 'year'],
    },
  ],
};

/** Shared by all error answers; referenced as `problem#`. */
export const PROBLEM_SCHEMA = {
  $id: 'problem',
  title: 'Problem',
  description: 'An error, as RFC 9457 has it. `code` is stable; `errors` names every wrong parameter at once.',
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'remedy'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.values(API_ERRORS).map((definition) => definition.code) },
    remedy: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['parameter', 'problem', 'allowed'],
        properties: {
          parameter: { type: 'string' },
          problem: { type: 'string' },
          allowed: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
        },
      },
    },
  },
  examples: [EXAMPLE],
};

/** Response schemas of a route for these statuses. */
export function problemResponses(...statuses: readonly number[]): Record<number, object> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: Object.values(API_ERRORS)
          .filter((definition) => definition.status === status)
          .map((definition) => `${definition.code}: ${definition.cause}`)
          .join('; '),
        content: { 'application/problem+json': { schema: { $ref: 'problem#' } } },
      },
    ]),
  );
}
