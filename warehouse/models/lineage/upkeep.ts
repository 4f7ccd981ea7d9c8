import { type LineageNode, maintenanceOf } from './lineage.ts';

/** How a change reaches a node, in words. */
export interface Upkeep {
  /** A few words: `by key order_id`. */
  readonly short: string;
  /** What is done when something changes. */
  readonly sentence: string;
  /** Which columns lead from a changed row to the rows that are computed anew: `order.orders.id is the order_id`. */
  readonly paths: readonly string[];
}

/** Works out how a change reaches a source table or a model. */
export function upkeepOf(node: LineageNode): Upkeep {
  if (node.kind === 'source') {
    return {
      short: 'replica',
      sentence: 'Every committed change of the table is applied to its replica, in the order of commits.',
      paths: [],
    };
  }
  const maintenance = maintenanceOf(node);
  if (maintenance === null) {
    return { short: 'view', sentence: 'Nothing is kept: it is computed when it is read.', paths: [] };
  }
  switch (maintenance.strategy) {
    case 'by_key': {
      const { key, inputs, lookups } = maintenance;
      const several = lookups.length === 1 ? '1 look-up' : `${lookups.length} look-ups`;
      return {
        short: `by key ${key}${lookups.length === 0 ? '' : `, ${several}`}`,
        sentence: `The rows of each ${key} that a change touches are computed anew from the input rows of that ${key}.`,
        paths: [
          ...Object.entries(inputs).map(([input, column]) => `${input}.${column} is the ${key}`),
          ...lookups.map((lookup) => `${lookup.from}.${lookup.column} leads to ${lookup.table}.${lookup.key}`),
        ],
      };
    }
    case 'additive': {
      const { input, entity, row_count: rowCount } = maintenance;
      return {
        short: `additive over ${input}`,
        sentence: `For each ${entity} that a change touches, the difference between its new and its old rows of ${input} is added to the cells.`,
        paths: [`${input}.${entity} says which rows belong together`, `a cell whose ${rowCount} is 0 is gone`],
      };
    }
    case 'history': {
      const { relation, check_cols: checked } = maintenance;
      const what = checked === 'all' ? 'any column' : checked.join(', ');
      return {
        short: `history of ${relation}`,
        sentence: `Whenever ${what} of a row of ${relation} changes, its version ends and another one begins, in the same step. It is never built anew.`,
        paths: [],
      };
    }
    case 'static':
      return { short: 'static', sentence: 'It reads nothing, and is built once.', paths: [] };
  }
}
