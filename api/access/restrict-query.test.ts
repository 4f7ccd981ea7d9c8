import { describe, expect, it, test } from 'vitest';
import { modelAt, partsAt } from '../../warehouse/published/published.ts';
import { readRelations } from './read-relations.ts';
import { restrictQuery } from './restrict-query.ts';

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  sales_fact: ['region', 'units'],
  daily_sales_cube: ['region', 'product_id'],
  customer_ltv_analysis: ['customer_id'],
  product_dimension: ['product_id', 'category'],
};

function restricted(sql: string, filters: Record<string, string[]> = { region: ['EU'] }, isOperator = false) {
  return restrictQuery({ sql, filters, isOperator, columnsOf: (model) => new Set(COLUMNS[model] ?? []) });
}

it('filters each model wherever it stands, with the values as parameters', () => {
  const { sql, parameters } = restricted(
    `select * from ${modelAt('sales_fact')} as s join (select 1 from ${partsAt('daily_sales_cube')}) as c on true`,
    { region: ["E'U"] },
  );
  expect(parameters).toEqual({ row_filter_0: ["E'U"] });
  const condition = "has({row_filter_0:Array(String)}, ifNull(nullIf(toString(_rows.`region`), ''), '(unknown)'))";
  expect(sql).toBe(
    `select * from (select * from ${modelAt('sales_fact')} as _rows where ${condition}) as s ` +
      `join (select 1 from (select * from ${partsAt('daily_sales_cube')} as _rows where ${condition})) as c on true`,
  );
});

it('reads dimensions of things as they are, but filters them where they have the column', () => {
  const sql = `select 1 from ${modelAt('product_dimension')} as p`;
  expect(restricted(sql).sql).toBe(sql);
  expect(restricted(sql, { category: ['Shoes'] }).sql).toContain('_rows.`category`');
});

describe('refuses', () => {
  it.each([
    ['a model without the column', `select 1 from ${modelAt('customer_ltv_analysis')}`],
    ['a model that nobody knows', `select 1 from ${modelAt('salaries')}`],
    ['a second filter that a model lacks', `select 1 from ${modelAt('sales_fact')}`, { region: ['EU'], team: ['a'] }],
    ['marts', 'select 1 from marts.sales_fact'],
    ['bi in quotes', 'select 1 from `bi`.`sales`'],
    ['a view of another spelling', 'select 1 from store.sales_fact_at(watermark = {watermark:UInt64})'],
    ['another watermark', 'select 1 from store.`sales_fact_at`(watermark = 5)'],
    ['capital letters', 'select 1 from STORE.`sales_fact_at`(watermark = {watermark:UInt64} )  join MARTS.x on 1'],
    ['a table of the store', 'select 1 from store.`sales_fact__g1`'],
    ['a second source behind a comma', `select 1 from ${modelAt('sales_fact')} as a, marts.sales_fact as b`],
    ['a table without a database', 'select 1 from sales_fact'],
    ['a table function', "select 1 from remote('127.0.0.1', 'marts', 'sales_fact')"],
    ['a function that reads', "select dictGet('x', 'region', 1)"],
    ['a database in a text', "select hasColumnInTable('marts.sales_fact')"],
    ['what is behind a comment', 'select 1 from /* a */ marts.sales_fact'],
    ['a set', 'select 1 where 1 in marts.ids'],
    ['the keys', 'select hash from millrace.api_keys'],
    ['the audit log', 'select * from millrace.audit_log'],
    ['the server', 'select query from system.query_log'],
  ])('%s', (_name, sql, filters?: Record<string, string[]>) => {
    expect(() => restricted(sql, filters)).toThrowError(expect.objectContaining({ code: 'API_ROWS_RESTRICTED' }));
  });
});

test('a text, a comment, a quoted name and a parameter are no reading', () => {
  const sql = `select 'x from y' as \`from\`, {from:String} -- from z\n from ${modelAt('sales_fact')}`;
  expect(readRelations(sql)).toMatchObject({ unclear: null, others: [] });
  expect(readRelations('with a as (select 1), b as (select 2 from a) select * from b join a on true')).toMatchObject({
    unclear: null,
  });
  expect(readRelations('select 1 array join [1] as n').unclear).toBeNull();
});

it('lets operations read what is about the pipeline, and no rows of it', () => {
  const lag = 'select 1 from (select * from millrace.positions final) as p';
  expect(() => restricted(lag)).toThrow();
  expect(restricted(lag, { region: ['EU'] }, true).sql).toBe(lag);
  expect(() => restricted('select 1 from raw.x', { region: ['EU'] }, true)).toThrow();
});
