import type { ReaderQuery } from '../warehouse-reader.ts';
import { momentText } from './queries.ts';

/** What is done from time to time: when it is due next, what became of its last run, and how often it has failed since it succeeded. */
export const SCHEDULES_QUERY: ReaderQuery = {
  name: 'lag_schedules',
  sql: `
    select
      s.task as task, toString(s.is_on) as is_on, nullIf(s.cron, '') as cron, nullIf(s.time_zone, '') as time_zone,
      ${momentText('toDateTime64(s.next_at, 6)')} as next_at,
      if(s.is_on and l.state != 'running' and s.next_at < now64(3) - interval 1 minute, 'true', 'false') as is_late,
      nullIf(l.state, '') as state, ${momentText('toDateTime64(l.started_at, 6)')} as started_at,
      ${momentText('toDateTime64(l.finished_at, 6)')} as finished_at,
      ${momentText('toDateTime64(d.done_at, 6)')} as done_at,
      nullIf(l.code, '') as code, nullIf(l.detail, '') as detail, toString(ifNull(f.failures, 0)) as failures
    from (select * from millrace.schedules final) as s
    left any join (
      select * from millrace.ledger final
      where state != 'begun'
      order by started_at desc
      limit 1 by task
    ) as l on l.task = s.task
    left any join (
      select task, max(finished_at) as done_at
      from millrace.ledger final
      where state = 'done'
      group by task
    ) as d on d.task = s.task
    left any join (
      select entry.task as task, count() as failures
      from (select * from millrace.ledger final where state in ('failed', 'retrying')) as entry
      left any join (select task, max(interval_end) as done from millrace.ledger final where state = 'done' group by task) as done
        on done.task = entry.task
      where entry.interval_end > done.done
      group by task
    ) as f on f.task = s.task
    order by task`,
  parameters: {},
};

/** The last result of each test of the models, and of each rule of freshness, of the last week. */
export const TESTS_QUERY: ReaderQuery = {
  name: 'lag_tests',
  sql: `
    select
      test, kind, nullIf(model, '') as model, status, nullIf(code, '') as code, nullIf(detail, '') as detail,
      toString(failures) as failures, ${momentText('finished_at')} as at
    from (
      select *
      from millrace.test_results
      where finished_at > now64(6) - interval 7 day
      order by finished_at desc
      limit 1 by test
    )
    order by kind = 'freshness', status in ('pass', 'warn'), status, test`,
  parameters: {},
};
