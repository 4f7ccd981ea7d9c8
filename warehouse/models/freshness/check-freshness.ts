import type { ClickHouseClient } from '@clickhouse/client';
import { type Resolve, sourceKey } from '../project/project.ts';
import type { TestResult } from '../test-runs/test-result.ts';
import { type FreshnessRule, freshnessStatus } from './freshness-rule.ts';

/** Looks how old the newest of a source table is. Rejects with what the warehouse answered where that cannot be done. */
export async function checkFreshness(
  rule: FreshnessRule,
  { client, resolve, watermark }: { client: ClickHouseClient; resolve: Resolve; watermark: string },
): Promise<Omit<TestResult, 'seconds'>> {
  const relation = resolve.source(rule.table.source, rule.table.table);
  const result = await client.query({
    query: rule.loadedAt === null ? POSITION_AGE : ageOfRows(relation, rule.loadedAt, rule.filter),
    query_params: { watermark, source: rule.table.source },
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ at: string; age: number | null }>();
  const age = row?.age ?? null;
  const status = freshnessStatus(age, rule);
  return {
    name: rule.name,
    kind: 'freshness',
    subject: sourceKey(rule.table),
    column: null,
    status,
    severity: 'error',
    failures: null,
    code: '',
    detail: age === null ? 'there is nothing whose age could be told' : `${ageText(age)} old (${row?.at} UTC)`,
    rows: [],
  };
}

/**
 * The time at which the source was known to be taken over completely. A source at rest publishes nothing new: its position
 * goes on being confirmed.
 */
const POSITION_AGE = `
  select toString(caught_up_at) as at, ${secondsSince('caught_up_at')} as age
  from (
    select greatest(published.caught_up_at, if(positions.lsn = published.lsn, positions.caught_up_at, published.caught_up_at)) as caught_up_at
    from (
      select source, lsn, caught_up_at
      from (select source, lsn, caught_up_at from millrace.watermarks where watermark = {watermark:UInt64} limit 1)
      array join source, lsn, caught_up_at
    ) as published
    left join (select source, lsn, caught_up_at from millrace.positions final) as positions
      on positions.source = published.source
    where published.source = {source:String}
  )
  where caught_up_at > toDateTime64(0, 6, 'UTC')`;

function ageOfRows(relation: string, loadedAt: string, filter: string | null): string {
  return `
    select toString(newest) as at, ${secondsSince('newest')} as age
    from (
      select toDateTime64(max(${loadedAt}), 6, 'UTC') as newest, count(${loadedAt}) as dated
      from ${relation}
      ${filter === null ? '' : `where ${filter}`}
    )
    where dated > 0`;
}

function secondsSince(moment: string): string {
  return `greatest(0, (toUnixTimestamp64Micro(now64(6)) - toUnixTimestamp64Micro(assumeNotNull(${moment}))) / 1e6)`;
}

/** `3 min`; one unit is enough to see what is wrong. */
export function ageText(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`;
}
