import type { HeldState } from '../../cubes/cells/held-cells.ts';
import { sumGroups } from '../../cubes/cells/sum-groups.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { type DayRange, dayOf, periodOf } from '../calendar.ts';
import { decimalText } from '../decimal.ts';
import { COHORT_AMOUNTS, COHORT_COUNTS } from './queries.ts';

const ROW_COUNT = 'customers';

/** The rows of `cohortsQuery`, from held cells; null where they cannot be told. */
export function heldCohorts(held: HeldState, range: DayRange, maxAge: number): TextRow[] | null {
  const summed = sumGroups({
    ...held,
    keys: [
      { dimension: 'acquisition_month', groupOf: (month) => String(periodOf('month', dayOf(month) as number)) },
      { dimension: 'age_months', groupOf: (age) => age },
    ],
    conditions: [
      {
        dimension: 'acquisition_month',
        holds: (month) => (dayOf(month) as number) >= range.from && (dayOf(month) as number) <= range.to,
      },
      { dimension: 'age_months', holds: (age) => Number(age) <= maxAge },
    ],
    measures: new Set([...COHORT_AMOUNTS, ...COHORT_COUNTS, ROW_COUNT]),
  });
  if (summed === null) return null;
  const rows = summed.groups
    .filter((group) => group.of(ROW_COUNT) !== 0n)
    .map((group) => {
      const [cohort = null, age = null] = group.parts.map((part, i) => summed.texts[i]?.[part] ?? null);
      return {
        cohort,
        age,
        ...Object.fromEntries(COHORT_COUNTS.map((name) => [name, decimalText(group.of(name), 0)])),
        ...Object.fromEntries(COHORT_AMOUNTS.map((name) => [name, decimalText(group.of(name), 2)])),
      };
    });
  return rows.sort((a, b) => Number(a.cohort) - Number(b.cohort) || Number(a.age) - Number(b.age));
}
