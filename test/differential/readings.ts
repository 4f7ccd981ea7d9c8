import type { ClickHouseClient } from '@clickhouse/client';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { Model, Project } from '../../warehouse/models/project/project.ts';
import { LATEST_WATERMARK } from '../../warehouse/models/store/model-views.ts';
import { atView } from '../../warehouse/published/published.ts';

/** One look at all cubes and the facts that they stand on. */
export interface Reading {
  /** Null where it does not say. */
  readonly watermark: bigint | null;
  /** What disagrees; empty when all agree. */
  readonly disagreements: readonly string[];
}

/** A view of the project over all of them, as BI tools ask for one: text of a model, for a folder of models. */
export function viewOverAll(project: Project): string {
  const parts = sumsOf(project, (name) => `{{ ref('${name}') }}`).map(
    ({ cube, cells, facts }) =>
      `select '${cube}' as cube, toString((${cells})) as cells, toString((${facts})) as facts`,
  );
  return `{{ config(materialized='view') }}\n${parts.join('\nunion all\n')}`;
}

/** Name of that view. */
export const VIEW_OVER_ALL = 'cubes_beside_facts';

/** In one query, at whatever is published when it runs: through that view, so that nobody knows which watermark it was. */
export async function readView(client: ClickHouseClient): Promise<Reading> {
  const rows = await rowsOf<{ cube: string; cells: string; facts: string }>(
    client,
    `select cube, cells, facts from bi.${quoteIdentifier(VIEW_OVER_ALL)}`,
  );
  return { watermark: null, disagreements: rows.flatMap((row) => disagreement({ ...row, where: 'the view' })) };
}

/** The same through the models' own views, which are told the watermark. */
export async function readInOneQuery(client: ClickHouseClient, project: Project): Promise<Reading> {
  const parts = sumsOf(project, (name) => `${atView(name)}(watermark = ${LATEST_WATERMARK})`).map(
    ({ cube, cells, facts }) =>
      `select '${cube}' as cube, toString((${cells})) as cells, toString((${facts})) as facts`,
  );
  const rows = await rowsOf<{ watermark: string; cube: string; cells: string; facts: string }>(
    client,
    `select toString(${LATEST_WATERMARK}) as watermark, cube, cells, facts from (${parts.join(' union all ')})`,
  );
  const watermark = BigInt(rows[0]?.watermark ?? 0);
  return {
    watermark,
    disagreements: rows.flatMap((row) => disagreement({ ...row, where: `one query at ${watermark}` })),
  };
}

/** As reports do: the published watermark, then one query after the other at it. */
export async function readAtPublished(client: ClickHouseClient, project: Project): Promise<Reading> {
  const [row] = await rowsOf<{ watermark: string }>(client, `select toString(${LATEST_WATERMARK}) as watermark`);
  const watermark = BigInt(row?.watermark ?? 0);
  const sums = sumsOf(project, (name) => `${atView(name)}(watermark = ${watermark})`);
  const ask = async (of: 'cells' | 'facts'): Promise<Map<string, string>> => {
    const parts = sums.map((each) => `select '${each.cube}' as cube, toString((${each[of]})) as sums`);
    const rows = await rowsOf<{ cube: string; sums: string }>(client, parts.join(' union all '));
    return new Map(rows.map((each) => [each.cube, each.sums]));
  };
  const cells = await ask('cells');
  const facts = await ask('facts');
  const disagreements = sums.flatMap(({ cube }) =>
    disagreement({
      where: `a report at ${watermark}`,
      cube,
      cells: cells.get(cube) ?? '',
      facts: facts.get(cube) ?? '',
    }),
  );
  return { watermark, disagreements };
}

function disagreement(read: { where: string; cube: string; cells: string; facts: string }): string[] {
  const { where, cube, cells, facts } = read;
  return cells === facts ? [] : [`${where}: ${cube} has ${cells}, its facts have ${facts}`];
}

/** Of each model that sums another one up: its measures in all, and the same of what it stands on. */
function sumsOf(
  project: Project,
  nameOf: (model: string) => string,
): { readonly cube: string; readonly cells: string; readonly facts: string }[] {
  const cubes = project.models.flatMap((cube) => {
    if (cube.maintenance?.strategy !== 'additive') return [];
    const sums = `tuple(${measuresOf(cube, cube.maintenance.row_count)
      .map((measure) => `sum(${quoteIdentifier(measure)})`)
      .join(', ')})`;
    const full = cube.compile({ ref: nameOf, source: (_source, table) => table });
    return [
      { cube: cube.name, cells: `select ${sums} from ${nameOf(cube.name)}`, facts: `select ${sums} from (${full})` },
    ];
  });
  const revenue = 'tuple(sum(units), sum(net_revenue), sum(tax), sum(margin))';
  const ltv = 'customer_ltv_analysis';
  // Kept by key, not as differences.
  const ofKeys = {
    cube: ltv,
    cells: `select ${revenue} from ${nameOf(ltv)}`,
    facts: `select ${revenue} from ${nameOf('sales_fact')}`,
  };
  return [...cubes, ofKeys];
}

const MEASURES = [
  'units',
  'net_revenue',
  'reporting_net_revenue',
  'refunds',
  'orders',
  'net_quantity',
  'attempts',
  'steps',
];

function measuresOf(cube: Model, rowCount: string): string[] {
  const sql = cube.compile({ ref: (name) => name, source: (_source, table) => table });
  const has = (measure: string): boolean => new RegExp(`\\bas ${measure}\\b`).test(sql);
  return [rowCount, ...MEASURES.filter((measure) => measure !== rowCount && has(measure))];
}

async function rowsOf<T>(client: ClickHouseClient, query: string): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow' });
  return result.json<T>();
}
