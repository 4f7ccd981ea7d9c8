{{ config(materialized='view', schema='bi') }}

select
    s.correlation_id as correlation_id,
    s.saga_type as saga_type,
    s.outcome as outcome,
    position as position,
    t.service as service,
    t.step as step,
    t.outcome as step_outcome,
    t.occurred_at as occurred_at,
    t.step_ms as step_ms
from {{ ref('saga_fact') }} as s
array join s.steps as t, arrayEnumerate(s.steps) as position
