import { MillraceError } from '../../../runtime/errors.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { IS_CURRENT } from '../project/snapshot-settings.ts';
import type { ModelColumn } from '../store/model-table.ts';
import { MOMENT_TYPE } from './moment.ts';
import type { PlacedHistory } from './placed-history.ts';

/** Columns of our own, behind those of the versions. */
export const OWN_COLUMNS: readonly ModelColumn[] = [
  { name: '_valid_from', type: MOMENT_TYPE },
  { name: '_valid_to', type: `Nullable(${MOMENT_TYPE})` },
  { name: '_from', type: 'UInt64' },
  { name: '_to', type: 'UInt64' },
  { name: '_version', type: 'UInt64' },
];

/** Throws MR-MODEL-007 for a model whose rows can have no versions. */
export function checkHistory(placed: PlacedHistory, modelColumns: readonly ModelColumn[]): void {
  const { model, relation, checked, validFrom, validTo } = placed;
  const names = modelColumns.map(({ name }) => name);
  const own = [validFrom, validTo, IS_CURRENT, ...OWN_COLUMNS.map(({ name }) => name)].find((name) =>
    names.includes(name),
  );
  if (own !== undefined) {
    throw refuse(
      `snapshot ${model.name}: ${relation} has a column ${own}, which the snapshot has, too; name it otherwise`,
    );
  }
  const unknown = checked?.find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw refuse(`snapshot ${model.name}: check_cols names ${unknown}; ${relation} has ${names.join(', ')}`);
}

function refuse(reason: string): MillraceError {
  return new MillraceError(MODEL_ERRORS.snapshotRefused, reason);
}
