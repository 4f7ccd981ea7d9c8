import { MillraceError } from '../../../runtime/errors.ts';
import { TEST_ERRORS } from '../data-tests/errors.ts';
import type { SourceTableRef } from '../project/project.ts';
import type { FreshnessLimit, FreshnessProperties, Properties } from '../properties/properties.ts';

/** How old the newest of a source table may be. */
export interface FreshnessRule {
  readonly name: string;
  readonly file: string;
  readonly table: SourceTableRef;
  /** SQL that gives the time of a row; null: the time up to which Millrace has taken the source over. */
  readonly loadedAt: string | null;
  /** SQL that chooses the rows that count; null: all. */
  readonly filter: string | null;
  readonly warnAfterSeconds: number | null;
  readonly errorAfterSeconds: number | null;
}

/** A table has the rule of its source where it says nothing else; `freshness: null` is none. Throws MR-TEST-001. */
export function freshnessRules(properties: Properties): FreshnessRule[] {
  const rules: FreshnessRule[] = [];
  for (const source of properties.sources) {
    for (const table of source.tables) {
      const where = `${source.file}: ${source.name}.${table.name}`;
      if ((table.loaded_at_query ?? source.loaded_at_query) !== undefined) {
        throw new MillraceError(
          TEST_ERRORS.declarationInvalid,
          `${where}: loaded_at_query is not used here; write loaded_at_field, or neither: then the source's position counts`,
        );
      }
      if (table.freshness === null || (table.freshness ?? source.freshness ?? null) === null) continue;
      const freshness: FreshnessProperties = { ...source.freshness, ...table.freshness };
      if (freshness.warn_after == null && freshness.error_after == null) {
        throw new MillraceError(TEST_ERRORS.declarationInvalid, `${where}: freshness needs warn_after or error_after`);
      }
      rules.push({
        name: `freshness_${source.name}_${table.name}`,
        file: source.file,
        table: { source: source.name, table: table.name },
        loadedAt: table.loaded_at_field ?? source.loaded_at_field ?? null,
        filter: freshness.filter ?? null,
        warnAfterSeconds: secondsOf(freshness.warn_after),
        errorAfterSeconds: secondsOf(freshness.error_after),
      });
    }
  }
  return rules;
}

const SECONDS: Readonly<Record<FreshnessLimit['period'], number>> = { minute: 60, hour: 3_600, day: 86_400 };

function secondsOf(limit: FreshnessLimit | null | undefined): number | null {
  return limit == null ? null : limit.count * SECONDS[limit.period];
}

/** `ageSeconds` is null where there is nothing whose age could be told. */
export function freshnessStatus(
  ageSeconds: number | null,
  { warnAfterSeconds, errorAfterSeconds }: Pick<FreshnessRule, 'warnAfterSeconds' | 'errorAfterSeconds'>,
): 'pass' | 'warn' | 'fail' {
  const age = ageSeconds ?? Number.POSITIVE_INFINITY;
  if (errorAfterSeconds !== null && age > errorAfterSeconds) return 'fail';
  return warnAfterSeconds !== null && age > warnAfterSeconds ? 'warn' : 'pass';
}
