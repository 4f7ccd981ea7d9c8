{{ config(
    materialized='table',
    unique_key=['started_date', 'saga_type', 'outcome'],
    meta={'maintenance': {
        'strategy': 'additive',
        'input': 'saga_fact',
        'entity': 'correlation_id',
        'row_count': 'sagas'
    }}
) }}

-- Grain: day on which sagas began, their type and outcome.
select
    started_date,
    saga_type,
    outcome,
    count() as sagas,
    countIf(finished_at is not null) as finished_sagas,
    sum(coalesce(duration_ms, 0)) as duration_ms,
    {%- for service in var('services') %}
    sum({{ service }}_ms) as {{ service }}_ms,
    {%- endfor %}
    sum(step_count) as steps,
    sum(failed_steps) as failed_steps,
    sum(compensations) as compensations
from {{ ref('saga_fact') }}
group by started_date, saga_type, outcome
