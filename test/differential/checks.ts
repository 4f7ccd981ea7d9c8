import type { ClickHouseClient } from '@clickhouse/client';
import { type ExternalQueryTarget, queryWithTables } from '../../warehouse/clickhouse/external-query.ts';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import type { ReplicaShape } from '../../warehouse/models/maintain/read-replicas.ts';
import type { Model, Project } from '../../warehouse/models/project/project.ts';
import { structureOf } from '../../warehouse/models/store/model-table.ts';
import { atView } from '../../warehouse/published/published.ts';
import { SHOP_TABLES, type ShopTable } from '../../warehouse/testing/shop.ts';
import { queryText } from '../../warehouse/testing/temporary-warehouse.ts';
import type { PublishedAt } from './published-at.ts';
import type { Services } from './services.ts';

/** What a check may look at. */
export interface CheckScene {
  readonly client: ClickHouseClient;
  readonly target: ExternalQueryTarget;
  readonly project: Project;
  readonly services: Services;
  /** By `source.table`. */
  readonly shapes: ReadonlyMap<string, ReplicaShape>;
  readonly published: PublishedAt;
  /** Rows of models as they were seen at watermarks before: checks add to it. */
  readonly seen: Map<string, ReadonlyMap<string, string>>;
  /** Everything that was committed is in what is published. */
  readonly isSettled: boolean;
}

/** Answers what differs; nothing when all is well. */
export interface Check {
  readonly name: string;
  run(scene: CheckScene): Promise<string[]>;
}

/** Cubes are folded where a batch has a multiple of this as its number. */
export const FOLDED_EVERY = 1000n;
/** Rows that are shown of a model that differs. */
const SHOWN = 6;

/**
 * Every model at the published watermark is what its SQL gives over the rows that the services had at the positions that
 * the watermark says: rows that never went through the warehouse. Models that it reads are taken as they are kept: they are
 * compared themselves.
 */
const equalsFullBuild: Check = {
  name: 'equals a full build',
  async run(scene) {
    const { target, project, published, seen } = scene;
    const rowsSeen = new Map<string, string>();
    const found = await Promise.all(
      tablesOf(project).map(async (model) => {
        const tables = new Set<string>();
        const sql = fullSql(model, { project, watermark: published.watermark, tables });
        const [full, kept] = await Promise.all([
          queryWithTables(target, {
            query: sql,
            tables: [...tables].map((name) => externalTable(scene, name)),
            settings: { date_time_input_format: 'best_effort' },
          }),
          keptRows(scene.client, model, published.watermark),
        ]);
        rowsSeen.set(model.name, sorted(kept).join('\n'));
        return differences(model.name, sorted(kept), sorted(full));
      }),
    );
    seen.set(published.watermark, rowsSeen);
    return found.flat();
  },
};

/** What a cube sums up to is what the facts that it stands on sum up to, in one query at the watermark. */
const cellsAddUp: Check = {
  name: 'cells add up to facts',
  async run({ client, project, published }) {
    const cubes = project.models.filter(({ maintenance }) => maintenance?.strategy === 'additive');
    const parts = cubes.map((cube) => {
      const { maintenance } = cube;
      if (maintenance?.strategy !== 'additive') throw new Error(`${cube.name} is no cube`);
      const at = (name: string) => `${atView(name)}(watermark = ${published.watermark})`;
      return `select '${cube.name}' as cube, (select sum(${quoteIdentifier(maintenance.row_count)}) from ${at(cube.name)}) as cells,
        (select count() from ${at(maintenance.input)}) as facts`;
    });
    const text = await queryText(client, `select * from (${parts.join(' union all ')}) where cells != facts`);
    return text === '' ? [] : [`cells, facts: ${text.trim()}`];
  },
};

/** A state that was published stays what it was, whatever has been published, given up or tidied since. */
const statesStay: Check = {
  name: 'published states stay',
  async run({ client, project, published, seen }) {
    const found: string[] = [];
    for (const [watermark, rows] of seen) {
      if (watermark === published.watermark) continue;
      // What a fold stands for is removed with the next one.
      if (BigInt(published.watermark) / FOLDED_EVERY - BigInt(watermark) / FOLDED_EVERY > 1n) continue;
      await Promise.all(
        tablesOf(project).map(async (model) => {
          const before = rows.get(model.name);
          if (before === undefined) return;
          const now = sorted(await keptRows(client, model, watermark));
          found.push(...differences(`${model.name} at ${watermark}`, now, sorted(before)));
        }),
      );
    }
    return found;
  },
};

/** What was loaded is what the services have. */
const replicasEqualSources: Check = {
  name: 'replicas equal sources',
  async run(scene) {
    if (!scene.isSettled) return [];
    const found = await Promise.all(
      [...scene.shapes].map(async ([name, { replica, columns }]) => {
        const list = columns.map((column) => quoteIdentifier(column.name)).join(', ');
        const external = externalTable(scene, name);
        const settings = { date_time_input_format: 'best_effort' };
        const query = `select ${list} from ${external.name}`;
        const [source, kept] = await Promise.all([
          queryWithTables(scene.target, { query, tables: [external], settings }),
          queryText(scene.client, `select ${list} from raw.${quoteIdentifier(replica)} final`),
        ]);
        return differences(replica, sorted(kept), sorted(source));
      }),
    );
    return found.flat();
  },
};

/** All of them; what comes to be kept beside the models is checked by another one here. */
export const CHECKS: readonly Check[] = [equalsFullBuild, cellsAddUp, statesStay, replicasEqualSources];

/** Those for a moment at which a process has just died: what readers see now. */
export const CHECKS_OF_A_MOMENT: readonly Check[] = [equalsFullBuild, cellsAddUp];

function tablesOf(project: Project): Model[] {
  return project.models.filter(
    ({ materialized, maintenance }) => materialized === 'table' && maintenance?.strategy !== 'static',
  );
}

function fullSql(model: Model, from: { project: Project; watermark: string; tables: Set<string> }): string {
  return model.compile({
    source(source, table) {
      from.tables.add(`${source}.${table}`);
      return `source_${source}__${table}`;
    },
    ref(name) {
      const ref = from.project.byName.get(name);
      if (ref === undefined) throw new Error(`no model ${name}`);
      if (ref.materialized !== 'view') return `${atView(name)}(watermark = ${from.watermark})`;
      return `(${fullSql(ref, from)})`;
    },
  });
}

/** What a source's table held at the published position. */
function externalTable({ services, shapes, published }: CheckScene, name: string) {
  const table = (Object.keys(SHOP_TABLES) as ShopTable[]).find((each) => services.nameOf(each) === name) as ShopTable;
  const lsn = published.lsns.get(name.slice(0, name.indexOf('.'))) ?? 0n;
  return {
    name: `source_${name.replace('.', '__')}`,
    structure: structureOf(shapes.get(name)?.columns ?? []),
    lines: services.linesBelow(table, lsn),
  };
}

function keptRows(client: ClickHouseClient, model: Model, watermark: string): Promise<string> {
  return queryText(client, `select * from ${atView(model.name)}(watermark = ${BigInt(watermark)})`);
}

function sorted(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .sort();
}

/** Rows that only one side has, as often as it has them more. */
function differences(what: string, kept: readonly string[], full: readonly string[]): string[] {
  if (kept.length === full.length && kept.every((line, i) => line === full[i])) return [];
  const counts = new Map<string, number>();
  for (const line of kept) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of full) counts.set(line, (counts.get(line) ?? 0) - 1);
  const shown = [...counts]
    .filter(([, count]) => count !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, SHOWN)
    .map(([line, count]) => `  ${count > 0 ? 'kept' : 'full'} ${line}`);
  return [`${what}: ${kept.length} rows kept, ${full.length} in full`, ...shown];
}
