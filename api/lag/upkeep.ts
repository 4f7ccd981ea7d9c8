import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../http/exact-json.ts';
import type { TextRow } from '../warehouse-reader.ts';

/** Tests that are named; `millrace.test_results` has all. */
const MAX_NAMED = 50;

/** What is done from time to time, and what it found. */
export interface Upkeep {
  readonly schedules: readonly TextRow[];
  /** Last results of tests and of freshness. */
  readonly tests: readonly TextRow[];
}

export function schedulesText({ schedules }: Upkeep): JsonText {
  return arrayText(
    schedules.map((row) =>
      objectText([
        ['task', jsonText(row.task ?? null)],
        ['cron', jsonText(row.cron ?? null)],
        ['time_zone', jsonText(row.time_zone ?? null)],
        ['is_on', jsonText(row.is_on === 'true')],
        ['next_at', jsonText(row.next_at ?? null)],
        ['is_late', jsonText(row.is_late === 'true')],
        ['state', jsonText(row.state ?? null)],
        ['started_at', jsonText(row.started_at ?? null)],
        ['finished_at', jsonText(row.finished_at ?? null)],
        ['done_at', jsonText(row.done_at ?? null)],
        ['code', jsonText(row.code ?? null)],
        ['detail', jsonText(row.detail ?? null)],
        ['failures', numberToken(row.failures ?? null)],
      ]),
    ),
  );
}

/** Null while nothing was tested. */
export function testsText({ tests }: Upkeep): JsonText {
  return resultsText(tests.filter(({ kind }) => kind !== 'freshness'));
}

/** Null while nobody looked. */
export function freshnessText({ tests }: Upkeep): JsonText {
  return resultsText(tests.filter(({ kind }) => kind === 'freshness'));
}

function resultsText(results: readonly TextRow[]): JsonText {
  if (results.length === 0) return jsonText(null);
  const moments = results.map(({ at }) => at ?? '').toSorted();
  const count = (status: string): number => results.filter((result) => result.status === status).length;
  const others = results.filter(({ status }) => status !== 'pass');
  return objectText([
    ['since', jsonText(moments[0] ?? null)],
    ['passed', jsonText(count('pass'))],
    ['warned', jsonText(count('warn'))],
    ['failed', jsonText(count('fail'))],
    ['errors', jsonText(count('error'))],
    [
      'not_passed',
      arrayText(
        others.slice(0, MAX_NAMED).map((row) =>
          objectText([
            ['test', jsonText(row.test ?? null)],
            ['model', jsonText(row.model ?? null)],
            ['status', jsonText(row.status ?? null)],
            ['failures', numberToken(row.failures ?? null)],
            ['code', jsonText(row.code ?? null)],
            ['detail', jsonText(row.detail ?? null)],
            ['at', jsonText(row.at ?? null)],
          ]),
        ),
      ),
    ],
  ]);
}
