import { expect, it } from 'vitest';
import { choicesOf, parameterOf, reportOf, reportsOf } from './openapi.js';

const DOCUMENT = {
  components: { schemas: { row: { properties: { a: { type: 'number' } } } } },
  paths: {
    '/v1/reports/x': {
      get: {
        summary: 'X',
        parameters: [
          { name: 'by', in: 'query', schema: { type: 'array', items: { enum: ['p', 'q'] } } },
          { name: 'if-none-match', in: 'header', schema: {} },
        ],
        responses: {
          200: {
            content: {
              'application/json': { schema: { properties: { data: { items: { $ref: '#/components/schemas/row' } } } } },
            },
          },
        },
      },
    },
    '/v1/reports/{id}/y': { get: {} },
    '/v1/lag': { get: {} },
  },
};

it('finds the reports with their parameters and columns', () => {
  const [report, ...others] = reportsOf(DOCUMENT);
  expect(others).toEqual([]);
  expect(report).toMatchObject({ name: 'x', summary: 'X', row: { properties: { a: { type: 'number' } } } });
  expect(report?.parameters.map(({ name }) => name)).toEqual(['by']);
  expect(choicesOf(parameterOf(report ?? null, 'by'))).toEqual(['p', 'q']);
  expect(parameterOf(report ?? null, 'by')?.isList).toBe(true);
});

it('tells what is not offered', () => {
  expect(reportOf(DOCUMENT, '/v1/reports/inventory')).toBeNull();
  expect(choicesOf(null)).toEqual([]);
});
