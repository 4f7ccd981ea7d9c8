import type { Cube } from '../../../warehouse/models/cubes/cube.ts';
import type { HeldRows } from '../../held/held-rows.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import type { CubeQuestion } from '../question.ts';
import { heldDimensions } from './held-attributes.ts';
import type { HeldCells } from './held-cells.ts';
import { sumCells } from './sum-cells.ts';

/** The rows of `compileQuestion` from what is in memory; null: the warehouse has to be asked. */
export async function heldAnswer(
  cube: Cube,
  question: CubeQuestion,
  watermark: string,
  { cells, keyedRows }: { readonly cells: HeldCells; readonly keyedRows: HeldRows },
): Promise<TextRow[] | null> {
  const held = await cells.at(cube, question, watermark);
  if (held === null) return null;
  const dimensions = await heldDimensions(cube, question, { keyedRows, watermark });
  return dimensions && sumCells(cube, question, held, dimensions);
}
