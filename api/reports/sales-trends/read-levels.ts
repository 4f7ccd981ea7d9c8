import type { HeldCells } from '../../cubes/cells/held-cells.ts';
import { API_ERRORS } from '../../errors.ts';
import type { HeldRows, RowOf } from '../../held/held-rows.ts';
import { ApiError } from '../../problems/problem.ts';
import type { RequestReader, TextRow } from '../../warehouse-reader.ts';
import { type CellsQuestion, type CellsRead, cellsQueries } from './cells-queries.ts';
import { type Dimension, PRODUCT_ROWS } from './dimension.ts';
import { heldRows, needsProducts } from './held-rows.ts';
import { type Level, levelOf } from './level.ts';
import type { Raw } from './measures.ts';
import type { Selection } from './selection.ts';
import { layersOf, type Window } from './windows.ts';

const NO_ROWS: RowOf = () => null;

/** Values that stay themselves, in order; the others are one. */
export interface Top {
  readonly dimension: Dimension;
  readonly keys: readonly string[];
}

/** Reads at one watermark; throws API_REPORT_TOO_LARGE. */
export interface LevelReader {
  level(dimensions: readonly Dimension[], measures: readonly Raw[], windows: readonly Window[]): Promise<Level>;
  /** The values of a dimension that are highest in a window. */
  highest(dimension: Dimension, by: Raw, limit: number, window: Window): Promise<string[]>;
}

export function createLevelReader(options: {
  reader: RequestReader;
  selection: Selection;
  maxRows: number;
  top: Top | null;
  cells: HeldCells;
  keyedRows: HeldRows;
}): LevelReader {
  const { reader, selection, maxRows, top, cells, keyedRows } = options;

  async function rowsOf(question: CellsQuestion, { query, ofCubes }: CellsRead): Promise<readonly TextRow[]> {
    const held = ofCubes.length > 0 ? await heldOf(question) : null;
    return (held && heldRows(question, ofCubes, held)) ?? reader.rows(query);
  }

  async function heldOf(question: CellsQuestion) {
    const { watermark } = selection;
    const [days, products] = await Promise.all([
      cells.named('daily_sales_cube', watermark),
      needsProducts(question) ? keyedRows.at(PRODUCT_ROWS, watermark) : NO_ROWS,
    ]);
    return days && products && { cells: days, products };
  }

  async function read(question: CellsQuestion) {
    const answers = await Promise.all(cellsQueries(question).map((each) => rowsOf(question, each)));
    for (const rows of answers) if (rows.length >= selection.maxCells) refuseBeyond(maxRows, rows.length);
    return answers.flat();
  }

  return {
    async level(dimensions, measures, windows) {
      const answers = await Promise.all(
        layersOf(windows).map(async (layer) => ({
          layer,
          rows: await read({ selection, dimensions, top, measures, layer }),
        })),
      );
      return levelOf({ dimensions, measures, answers });
    },
    async highest(dimension, by, limit, window) {
      const rows = await read({
        selection,
        dimensions: [dimension],
        top: null,
        measures: [by],
        layer: [window],
        highest: { by, limit },
      });
      return rows.flatMap(({ key_0: key }) => key ?? []);
    },
  };
}

export function refuseBeyond(maxRows: number, rows: number): void {
  if (rows <= maxRows) return;
  throw new ApiError(API_ERRORS.reportTooLarge, `at least ${rows} rows; the limit is ${maxRows}`);
}
