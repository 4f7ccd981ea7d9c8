{{ config(materialized='view') }}

{% for service in var('services') %}
{% if not loop.first %} union all {% endif %}

select
    '{{ service }}' as service,
    id as event_id,
    correlation_id,
    coalesce(aggregate_type, '') as aggregate_type,
    coalesce(aggregate_id, '') as aggregate_id,
    coalesce(event_type, '') as step,
    coalesce(outcome, '') as step_outcome,
    assumeNotNull(occurred_at) as occurred_at
from {{ source(service, 'event_store') }}
{% endfor %}
