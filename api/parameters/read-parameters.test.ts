import { describe, expect, it } from 'vitest';
import { API_ERRORS } from '../errors.ts';
import { ApiError } from '../problems/problem.ts';
import { DIMENSIONS } from '../reports/sales-trends/dimension.ts';
import { SALES_TRENDS_PARAMETERS } from '../reports/sales-trends/parameters.ts';
import { readParameters } from './read-parameters.ts';

function problemsOf(query: unknown): Record<string, unknown> {
  try {
    readParameters(SALES_TRENDS_PARAMETERS, query);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    expect(error.code).toBe(API_ERRORS.parametersInvalid.code);
    return Object.fromEntries(error.problems.map((problem) => [problem.parameter, problem.allowed]));
  }
  return {};
}

describe('readParameters', () => {
  it('fills in defaults', () => {
    const values = readParameters(SALES_TRENDS_PARAMETERS, {});
    expect(values).toMatchObject({ from: null, to: null, grain: 'month', by: [], product_id: [] });
    expect(values.measures).toHaveLength(11);
  });

  it('takes lists repeated or, for measures, comma-separated', () => {
    const values = readParameters(SALES_TRENDS_PARAMETERS, {
      product_id: ['1', '-9223372036854775808'],
      region: 'a,b',
      measures: ['orders,units', 'tax'],
    });
    expect(values.product_id).toEqual([1n, -9223372036854775808n]);
    expect(values.region).toEqual(['a,b']);
    expect(values.measures).toEqual(['tax', 'orders', 'units']);
  });

  it('names every wrong parameter at once with what is allowed', () => {
    const problems = problemsOf({
      from: '1997-02-29',
      to: ['1997-01-01', '1997-01-02'],
      grain: 'Month',
      by: 'customer',
      measures: 'profit',
      product_id: ['1', "1' or 1=1"],
      category: '',
      region: 'x'.repeat(201),
      channel: Array.from({ length: 101 }, () => 'a'),
      limit: '1',
      __proto__x: '1',
    });
    expect(Object.keys(problems).sort()).toEqual(
      [
        '__proto__x',
        'by',
        'category',
        'channel',
        'from',
        'grain',
        'limit',
        'measures',
        'product_id',
        'region',
        'to',
      ].sort(),
    );
    expect(problems.by).toEqual(DIMENSIONS);
    expect(problems.to).toBe('once');
    expect(problems.limit).toEqual(Object.keys(SALES_TRENDS_PARAMETERS));
  });

  it('refuses identifiers that do not fit 64 bits', () => {
    expect(problemsOf({ product_id: '9223372036854775808' })).toHaveProperty('product_id');
    expect(problemsOf({ product_id: '1'.repeat(10_000) })).toHaveProperty('product_id');
    expect(problemsOf({ product_id: '1.0' })).toHaveProperty('product_id');
  });
});
