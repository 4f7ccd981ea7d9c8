{{ config(materialized='view', schema='bi') }}

select
    c.started_date as started_date,
    c.saga_type as saga_type,
    c.outcome as outcome,
    c.sagas as sagas,
    c.finished_sagas as finished_sagas,
    if(c.finished_sagas = 0, null, intDiv(c.duration_ms, c.finished_sagas)) as average_duration_ms,
    c.duration_ms as duration_ms,
    {%- for service in var('services') %}
    c.{{ service }}_ms as {{ service }}_ms,
    {%- endfor %}
    c.steps as steps,
    c.failed_steps as failed_steps,
    c.compensations as compensations
from {{ ref('saga_outcome_cube') }} as c
