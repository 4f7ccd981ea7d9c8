import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { type Day, dayOf, FIRST_DAY, firstDayOf, LAST_DAY, periodOf, textOf } from '../calendar.ts';
import { decimalText, divided, unitsOf } from '../decimal.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { boundsQuery } from '../sales-trends/queries.ts';
import { heldCohorts } from './held-cohorts.ts';
import type { COHORTS_PARAMETERS } from './parameters.ts';
import { COHORT_AMOUNTS, COHORT_COUNTS, cohortsQuery } from './queries.ts';

type Question = ReportQuestion<typeof COHORTS_PARAMETERS>;

/** Of retention, a share of 1. */
const RETENTION_SCALE = 4;

/** Retention and revenue of each cohort, a row for each month that was observed: also for one in which nobody bought. */
export async function computeCohorts({ values, watermark, reader, cells }: Question): Promise<ReportData> {
  const [bounds] = await reader.kept(boundsQuery(watermark));
  const lastOrder = bounds === undefined || bounds.days === '0' ? null : dayOf(bounds.last ?? '');
  const until = values.until === null ? lastOrder : (dayOf(values.until) as Day);
  const range = { from: monthStart(values.from ?? FIRST_DAY), to: dayOf(values.to ?? LAST_DAY) as Day };
  const held = await cells.named('cohort_cube', watermark);
  const rows =
    until === null
      ? []
      : ((held && heldCohorts(held, range, values.max_age)) ??
        (await reader.rows(cohortsQuery(watermark, range, values.max_age))));
  const cohorts = Map.groupBy(rows, ({ cohort }) => Number(cohort));
  const texts = [...cohorts].flatMap(([cohort, found]) =>
    cohortRows(cohort, found, { until: until as Day, maxAge: values.max_age }),
  );
  return {
    text: arrayText(texts),
    rows: texts.length,
    parameters: { ...values, until: until === null ? null : textOf(until) },
    meta: {},
  };
}

function cohortRows(
  cohort: number,
  found: readonly TextRow[],
  { until, maxAge }: { until: Day; maxAge: number },
): JsonText[] {
  const byAge = new Map(found.map((row) => [Number(row.age), row]));
  const size = unitsOf(byAge.get(0)?.customers ?? '0', 0);
  const lastMonth = periodOf('month', until);
  const sums = new Map(COHORT_AMOUNTS.map((name) => [name, 0n]));
  const texts: JsonText[] = [];
  for (let age = 0; age <= Math.min(maxAge, lastMonth - cohort); age++) {
    const row = byAge.get(age);
    const month = cohort + age;
    for (const name of COHORT_AMOUNTS) sums.set(name, (sums.get(name) ?? 0n) + unitsOf(row?.[name] ?? '0', 2));
    const perCustomer = (units: bigint | undefined, scale: number) =>
      numberToken(size === 0n ? null : decimalText(divided(units ?? 0n, size), scale));
    const customers = unitsOf(row?.customers ?? '0', 0) * 10n ** BigInt(RETENTION_SCALE);
    texts.push(
      objectText([
        ['acquisition_month', monthText(cohort)],
        ['age_months', String(age)],
        ['month', monthText(month)],
        ['is_partial', String(month === lastMonth && firstDayOf('month', month + 1) - 1 > until)],
        ['cohort_customers', size.toString()],
        ...COHORT_COUNTS.map((name): [string, JsonText] => [name, numberToken(row?.[name] ?? '0')]),
        ['retention', perCustomer(customers, RETENTION_SCALE)],
        ...COHORT_AMOUNTS.map((name): [string, JsonText] => [name, numberToken(row?.[name] ?? '0.00')]),
        ...COHORT_AMOUNTS.map((name): [string, JsonText] => [
          `cumulative_${name}`,
          decimalText(sums.get(name) ?? 0n, 2),
        ]),
        ['cumulative_reporting_net_revenue_per_customer', perCustomer(sums.get('reporting_net_revenue'), 2)],
      ]),
    );
  }
  return texts;
}

function monthStart(day: string): Day {
  return firstDayOf('month', periodOf('month', dayOf(day) as Day));
}

function monthText(month: number): JsonText {
  return jsonText(textOf(firstDayOf('month', month)));
}
