{{ config(
    materialized='table',
    unique_key='correlation_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'correlation_id',
        'inputs': {
            'user.saga_coordinator': 'correlation_id', 'user.event_store': 'correlation_id',
            'inventory.saga_coordinator': 'correlation_id', 'inventory.event_store': 'correlation_id',
            'order.saga_coordinator': 'correlation_id', 'order.event_store': 'correlation_id',
            'payment.saga_coordinator': 'correlation_id', 'payment.event_store': 'correlation_id',
            'notification.saga_coordinator': 'correlation_id', 'notification.event_store': 'correlation_id'
        }
    }}
) }}

-- Grain: one row for each saga, from the parts that the services have in it and the events that they recorded. What a step
-- took is the time since the step before it, in whichever service that was, so the services' times add up to the whole.
with
parts as (
    select
        assumeNotNull(p.correlation_id) as correlation_id,
        argMin(p.saga_type, (p.started_at, p.service, p.part_id)) as saga_type,
        toInt64(uniqExact(p.service)) as services,
        minOrNull(p.started_at) as started_at,
        if(countIf(p.finished_at is null) = 0, max(p.finished_at), null) as finished_at,
        multiIf(
            finished_at is not null and countIf(p.part_status = 'compensated') > 0, 'compensated',
            finished_at is not null and countIf(p.part_status = 'failed') > 0, 'failed',
            finished_at is not null, 'completed',
            countIf(p.part_status in ('compensating', 'compensated', 'failed')) > 0, 'compensating',
            'running'
        ) as outcome
    from {{ ref('stg_saga_parts') }} as p
    where p.correlation_id is not null
    group by correlation_id
),

steps as (
    select
        assumeNotNull(e.correlation_id) as correlation_id,
        e.service as service,
        e.event_id as event_id,
        e.step as step,
        e.step_outcome as step_outcome,
        e.aggregate_type as aggregate_type,
        e.aggregate_id as aggregate_id,
        e.occurred_at as occurred_at,
        dateDiff('millisecond', lagInFrame(e.occurred_at, 1, e.occurred_at) over (partition by e.correlation_id
            order by e.occurred_at, e.service, e.event_id
            rows between unbounded preceding and current row), e.occurred_at) as step_ms
    from {{ ref('stg_saga_events') }} as e
    where e.correlation_id is not null
),

events as (
    select
        s.correlation_id as correlation_id,
        max(if(s.aggregate_type = 'order', toInt64OrZero(s.aggregate_id), 0)) as order_id,
        minOrNull(s.occurred_at) as first_event_at,
        maxOrNull(s.occurred_at) as last_event_at,
        toInt64(count()) as step_count,
        toInt64(countIf(s.step_outcome = 'failed')) as failed_steps,
        toInt64(countIf(s.step_outcome = 'compensated')) as compensations,
        {%- for service in var('services') %}
        sumIf(s.step_ms, s.service = '{{ service }}') as {{ service }}_ms,
        {%- endfor %}
        arrayMap(
            t -> (t.2, t.4, t.5, t.1, t.6),
            arraySort(groupArray((s.occurred_at, s.service, s.event_id, s.step, s.step_outcome, s.step_ms)))
        ) as steps
    from steps as s
    group by s.correlation_id
)

select
    if(p.services > 0, p.correlation_id, e.correlation_id) as correlation_id,
    if(p.services > 0, p.saga_type, 'unknown') as saga_type,
    if(p.services > 0, p.outcome, 'unknown') as outcome,
    e.order_id as order_id,
    p.services as services,
    assumeNotNull(least(coalesce(p.started_at, e.first_event_at), coalesce(e.first_event_at, p.started_at))) as started_at,
    toDate32(started_at) as started_date,
    p.finished_at as finished_at,
    dateDiff('millisecond', started_at, p.finished_at) as duration_ms,
    e.step_count as step_count,
    e.failed_steps as failed_steps,
    e.compensations as compensations,
    {%- for service in var('services') %}
    e.{{ service }}_ms as {{ service }}_ms,
    {%- endfor %}
    cast(e.steps, 'Array(Tuple(service String, step String, outcome String, occurred_at DateTime64(6, \'UTC\'), step_ms Int64))') as steps
from parts as p
full outer join events as e on e.correlation_id = p.correlation_id
