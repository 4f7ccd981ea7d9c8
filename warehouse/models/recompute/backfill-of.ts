import { MillraceError } from '../../../runtime/errors.ts';
import type { MaintainedTables } from '../maintain/tables.ts';
import { type Project, sourceKey } from '../project/project.ts';
import type { Properties } from '../properties/properties.ts';
import { ROLLOUT_ERRORS } from '../rollouts/errors.ts';
import type { BackfillArguments } from '../rollouts/model-requests.ts';
import { tableOf } from '../store/create-tables.ts';
import type { TableVersion } from '../versions/deployment.ts';
import { type PlacedTable, sourcesOf } from '../versions/placed-table.ts';
import { kindOfRange, pointOf, type Range } from './range.ts';
import type { Recompute, RecomputePart } from './recompute.ts';

/** The column of time that a model or source table declares, as dbt's microbatch has it. */
export interface EventTimes {
  ofModel(name: string): string | null;
  /** Of `source.table`. */
  ofSource(name: string): string | null;
}

export function eventTimesOf(project: Project, { sources, models }: Properties): EventTimes {
  const declared = (config: Readonly<Record<string, unknown>> | undefined): string | null =>
    typeof config?.event_time === 'string' ? config.event_time : null;
  return {
    ofModel: (name) =>
      declared(project.byName.get(name)?.config) ?? declared(models.find((model) => model.name === name)?.config),
    ofSource(name) {
      for (const source of sources) {
        const table = source.tables.find((each) => sourceKey({ source: source.name, table: each.name }) === name);
        if (table !== undefined) return declared(table.config) ?? declared(source.config);
      }
      return null;
    },
  };
}

/**
 * What a backfill computes anew: of each named model, else of every one that declares `event_time`, the keys whose rows are in
 * the range, or whose inputs are. Throws MR-ROLL-006, MR-ROLL-007.
 */
export function backfillOf(options: {
  request: string;
  asked: BackfillArguments;
  /** Each after what it reads. */
  live: readonly TableVersion[];
  tables: MaintainedTables;
  times: EventTimes;
}): Recompute[] {
  const { request, asked, live, tables, times } = options;
  const placed = live.map((version) => version.placed);
  const known = placed.map(({ model }) => model.name);
  for (const name of asked.models) {
    if (!known.includes(name))
      throw new MillraceError(ROLLOUT_ERRORS.modelUnknown, `${name}; there are ${known.join(', ')}`);
  }
  const chosen = placed.filter(({ model }) =>
    asked.models.length === 0 ? times.ofModel(model.name) !== null : asked.models.includes(model.name),
  );
  if (chosen.length === 0) throw new MillraceError(ROLLOUT_ERRORS.rangeUnknown, 'no model declares event_time');
  return chosen.map((table) => {
    const range = rangeOf(table, asked, tables, times);
    return { request, id: table.id, range, parts: partsOf(table, range, placed, times), part: 0, after: null, keys: 0 };
  });
}

function rangeOf(table: PlacedTable, asked: BackfillArguments, tables: MaintainedTables, times: EventTimes): Range {
  const { name, uniqueKey } = table.model;
  const refuse = (reason: string) => new MillraceError(ROLLOUT_ERRORS.rangeUnknown, `model ${name} ${reason}`);
  if (table.strategy === 'static') throw refuse('reads nothing: there is nothing to compute anew');
  const declared = times.ofModel(name);
  const column = declared ?? (table.strategy === 'by_key' ? table.key : null);
  if (column === null) throw refuse('declares no event_time, and its cells have no key of one column');
  const type = tableOf(tables, table.id).columns.find((each) => each.name === column)?.type;
  if (type === undefined) throw refuse(`declares event_time ${column}, which is no column of it`);
  if (table.strategy === 'additive' && !uniqueKey.includes(column)) {
    throw refuse(`declares event_time ${column}, which is not in its unique_key: (${uniqueKey.join(', ')})`);
  }
  const kind = kindOfRange(type);
  if (kind === null) throw refuse(`has ${column} of type ${type}: a range is of dates, times in UTC, integers or text`);
  const end = (text: string | null): string | null => {
    const point = text === null ? null : pointOf(text, kind);
    if (text !== null && point === null) throw refuse(`has ${column} of type ${type}: '${text}' is none`);
    return point;
  };
  const range = { column, kind, from: end(asked.from), to: end(asked.to) };
  if (range.from !== null && range.to !== null && !isBefore(range.from, range.to, kind)) {
    throw refuse(`: nothing lies between ${asked.from} and ${asked.to}`);
  }
  return range;
}

function isBefore(from: string, to: string, kind: Range['kind']): boolean {
  return kind === 'number' ? BigInt(from) < BigInt(to) : from < to;
}

/** Rows of the table, and of inputs by which rows that it lacks are found. */
function partsOf(table: PlacedTable, range: Range, placed: readonly PlacedTable[], times: EventTimes): RecomputePart[] {
  if (table.strategy !== 'by_key') return [];
  const own = { rows: table.id, column: range.column, key: table.key };
  const sources = sourcesOf([table]);
  const inputs = table.inputs.flatMap(({ name, column }): RecomputePart[] => {
    const ranged = range.column === table.key ? column : timeOf(name);
    return ranged === null ? [] : [{ rows: name, column: ranged, key: column }];
  });
  return [own, ...inputs];

  function timeOf(input: string): string | null {
    const source = sources.get(input);
    if (source !== undefined) return times.ofSource(sourceKey(source));
    const model = placed.find(({ id }) => id === input)?.model.name;
    return model === undefined ? null : times.ofModel(model);
  }
}
