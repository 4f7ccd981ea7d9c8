import { SERVICES } from '../../../demo/services.ts';
import type { Check } from './check.ts';

const MS = (from: string, to: string) =>
  `round(extract(epoch from date_trunc('milliseconds', ${to}) - date_trunc('milliseconds', ${from})) * 1000)::bigint`;

/** Over `pg_temp.parts` and `pg_temp.events`: the sagas' rows of all services. */
const SAGAS = `
  with ids as (
    select correlation_id from pg_temp.parts where correlation_id is not null
    union
    select correlation_id from pg_temp.events where correlation_id is not null
  ),
  timed as (
    select e.*, ${MS('coalesce(lag(occurred_at) over saga, occurred_at)', 'occurred_at')} as ms
    from pg_temp.events as e
    window saga as (partition by correlation_id order by occurred_at, service collate "C", id)
  ),
  sagas as (
    select i.correlation_id, p.*, e.*,
      coalesce((
        select saga_type from pg_temp.parts where correlation_id = i.correlation_id
        order by started_at, service collate "C" limit 1
      ), 'unknown') as saga_type,
      least(p.first_part, e.first_event) as started_at,
      case
        when p.parts = 0 then 'unknown'
        when p.open = 0 and p.compensated > 0 then 'compensated'
        when p.open = 0 and p.failed > 0 then 'failed'
        when p.open = 0 then 'completed'
        when p.compensated + p.compensating + p.failed > 0 then 'compensating'
        else 'running'
      end as outcome
    from ids as i
    cross join lateral (
      select count(*) as parts, count(distinct service) as services, min(started_at) as first_part,
        count(*) filter (where finished_at is null) as open,
        case when count(*) = count(finished_at) then max(finished_at) end as finished_at,
        ${['compensated', 'compensating', 'failed']
          .map((status) => `count(*) filter (where status = '${status}') as ${status}`)
          .join(', ')}
      from pg_temp.parts where correlation_id = i.correlation_id
    ) as p
    cross join lateral (
      select count(*) as steps, min(occurred_at) as first_event,
        coalesce(max(case when aggregate_type = 'order' and aggregate_id ~ '^-?[0-9]+$' then aggregate_id::bigint else 0 end), 0) as order_id,
        count(*) filter (where outcome = 'failed') as failed_steps,
        count(*) filter (where outcome = 'compensated') as compensations,
        ${SERVICES.map((service) => `coalesce(sum(ms) filter (where service = '${service}'), 0) as ${service}_ms`).join(', ')},
        coalesce(string_agg(concat_ws(' ', service, event_type, outcome, ms), ', '
          order by occurred_at, service collate "C", id), '') as step_list
      from timed where correlation_id = i.correlation_id
    ) as e
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
