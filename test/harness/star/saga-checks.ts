import { SERVICES } from '../../../demo/services.ts';
import type { Check } from './check.ts';

const MS = (from: string, to: string) =>
  `round(extract(epoch from date_trunc('milliseconds', ${to}) - date_trunc('milliseconds', ${from})) * 1000)::bigint`;

const counted = (column: string, values: readonly string[]) =>
  values.map((value) => `count(*) filter (where ${column} = '${value}') as ${value}`).join(', ');

/** Over `pg_temp.parts` and `pg_temp.events`: the sagas' rows of all services. */
const SAGAS = `
  with first_parts as (
    select distinct on (correlation_id) correlation_id, saga_type
    from pg_temp.parts
    where correlation_id is not null
    order by correlation_id, started_at, service collate "C"
  ),
  all_parts as (
    select correlation_id, count(distinct service) as services, min(started_at) as first_part,
      count(*) filter (where finished_at is null) as open,
      case when count(*) = count(finished_at) then max(finished_at) end as finished_at,
      ${counted('status', ['compensated', 'compensating', 'failed'])}
    from pg_temp.parts
    group by correlation_id
  ),
  timed as (
    select e.*, ${MS('coalesce(lag(occurred_at) over saga, occurred_at)', 'occurred_at')} as ms
    from pg_temp.events as e
    where correlation_id is not null
    window saga as (partition by correlation_id order by occurred_at, service collate "C", id)
  ),
  all_events as (
    select correlation_id, count(*) as steps, min(occurred_at) as first_event,
      max(case when aggregate_type = 'order' and aggregate_id ~ '^[0-9]+$' then aggregate_id::bigint else 0 end) as order_id,
      count(*) filter (where outcome = 'failed') as failed_steps,
      count(*) filter (where outcome = 'compensated') as compensations,
      ${SERVICES.map((service) => `coalesce(sum(ms) filter (where service = '${service}'), 0) as ${service}_ms`).join(', ')},
      string_agg(concat_ws(' ', service, event_type, outcome, ms), ', '
        order by occurred_at, service collate "C", id) as step_list
    from timed
    group by correlation_id
  ),
  sagas as (
    select correlation_id, finished_at, step_list, coalesce(saga_type, 'unknown') as saga_type,
      coalesce(services, 0) as services, coalesce(order_id, 0) as order_id,
      least(first_part, first_event) as started_at,
      ${['steps', 'failed_steps', 'compensations', ...SERVICES.map((service) => `${service}_ms`)]
        .map((sum) => `coalesce(${sum}, 0) as ${sum}`)
        .join(', ')},
      case
        when services is null then 'unknown'
        when open = 0 and compensated > 0 then 'compensated'
        when open = 0 and failed > 0 then 'failed'
        when open = 0 then 'completed'
        when compensated + compensating + failed > 0 then 'compensating'
        else 'running'
      end as outcome
    from (all_parts natural join first_parts) full join all_events using (correlation_id)
  )`;

const SERVICE_MS = SERVICES.map((service) => `${service}_ms`);

export const SAGA_CHECKS: readonly Check[] = [
  {
    model: 'saga_fact',
    columns: [
      ...['correlation_id', 'saga_type', 'outcome', 'order_id', 'services', 'started_at', 'finished_at'],
      ...['duration_ms', 'step_count', 'failed_steps', 'compensations', ...SERVICE_MS],
    ],
    postgres: `${SAGAS}
      select correlation_id, saga_type, outcome, order_id, services, started_at, finished_at,
        ${MS('started_at', 'finished_at')}, steps, failed_steps, compensations, ${SERVICE_MS.join(', ')}
      from sagas`,
  },
  {
    model: 'saga_fact',
    from: `(
      select correlation_id,
        arrayStringConcat(arrayMap(t -> concat_ws(' ', t.service, t.step, t.outcome, t.step_ms), steps), ', ') as list
      from marts.saga_fact
      where notEmpty(steps)
    )`,
    columns: ['correlation_id', 'list'],
    postgres: `${SAGAS} select correlation_id, step_list from sagas where steps > 0`,
  },
  {
    model: 'saga_outcome_cube',
    columns: [
      ...['started_date', 'saga_type', 'outcome', 'sagas', 'finished_sagas', 'duration_ms', ...SERVICE_MS],
      ...['steps', 'failed_steps', 'compensations'],
    ],
    postgres: `${SAGAS}
      select started_at::date, saga_type, outcome, count(*), count(finished_at),
        coalesce(sum(${MS('started_at', 'finished_at')}), 0), ${SERVICE_MS.map((ms) => `sum(${ms})`).join(', ')},
        sum(steps), sum(failed_steps), sum(compensations)
      from sagas
      group by 1, 2, 3`,
  },
];
