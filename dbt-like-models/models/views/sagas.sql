{{ config(materialized='view', schema='bi') }}

select
    s.correlation_id as correlation_id,
    s.saga_type as saga_type,
    s.outcome as outcome,
    s.order_id as order_id,
    s.services as services,
    s.started_at as started_at,
    s.finished_at as finished_at,
    s.duration_ms as duration_ms,
    s.step_count as step_count,
    s.failed_steps as failed_steps,
    s.compensations as compensations,
    {%- for service in var('services') %}
    s.{{ service }}_ms as {{ service }}_ms,
    {%- endfor %}
    arrayMap(t -> t.step, s.steps) as steps
from {{ ref('saga_fact') }} as s
