import type { Cube } from '../../../warehouse/models/cubes/cube.ts';
import { visibleRows } from '../../access/caller.ts';
import type { HeldTables, Holding } from '../../held/held-tables.ts';
import type { ApiMetrics } from '../../metrics.ts';
import type { KnownCubes } from '../known-cubes.ts';
import type { CubeQuestion } from '../question.ts';
import { CubeCells } from './cells.ts';
import { cellsQuery, readCells } from './read-cells.ts';
import { heldColumns, isSummable } from './summable.ts';

/** Cells of a cube at a state: its first so many rows. */
export interface HeldState {
  readonly cells: CubeCells;
  readonly rows: number;
}

export interface HeldCells {
  /** What a question can be answered from at a watermark; null: the warehouse has to be asked. */
  at(cube: Cube, question: CubeQuestion, watermark: string): Promise<HeldState | null>;
  /** The same of a cube by its name, for reports. */
  named(name: string, watermark: string): Promise<HeldState | null>;
}

/**
 * What adds up to the cells of small cubes, in memory: a question is then a pass over some thousand numbers, where planning its query
 * alone costs the warehouse many times as much. Only for those who may see all rows.
 */
export function createHeldCells(options: {
  tables: HeldTables;
  cubes: KnownCubes;
  maxRows: number;
  metrics: ApiMetrics;
}): HeldCells {
  const { tables, cubes, maxRows, metrics } = options;

  async function stateOf(cube: Cube, watermark: string): Promise<HeldState | null> {
    const cells = await tables.at(cellsOf(cube, maxRows), watermark);
    const rows = cells?.rowsAt(BigInt(watermark)) ?? null;
    if (cells === null || rows === null) return null;
    metrics.heldAnswers.inc({ model: cube.name });
    return { cells, rows };
  }

  return {
    at: async (cube, question, watermark) =>
      visibleRows() === null && isSummable(cube, question) ? stateOf(cube, watermark) : null,
    async named(name, watermark) {
      if (visibleRows() !== null) return null;
      const all = await cubes.read().catch(() => []); // the warehouse says itself what is wrong
      const cube = all.find((each) => each.name === name);
      return cube === undefined || cube.rowCount === null ? null : stateOf(cube, watermark);
    },
  };
}

function cellsOf(cube: Cube, maxRows: number): Holding<CubeCells> {
  const columns = heldColumns(cube);
  const view = `${cube.name}_parts_at`;
  return {
    name: cube.name,
    relations(from, watermark) {
      const all = from.at(view, watermark);
      const added = from.differences(view, watermark);
      return all === null || added === null ? null : { all, added };
    },
    query: (relation) => cellsQuery({ columns, relation, maxRows }),
    create: () =>
      new CubeCells({
        dimensions: columns.dimensions.map(({ name }) => name),
        measures: columns.measures.map(({ name }) => name),
      }),
    append(cells, watermark, row) {
      const added = readCells(row, columns, maxRows);
      if (added !== null) cells.append(watermark, added);
      return added !== null;
    },
  };
}
