{{ config(materialized='view') }}

{% for service in var('services') %}
{% if not loop.first %} union all {% endif %}

select
    '{{ service }}' as service,
    id as part_id,
    correlation_id,
    coalesce(saga_type, '') as saga_type,
    coalesce(status, '') as part_status,
    assumeNotNull(started_at) as started_at,
    finished_at
from {{ source(service, 'saga_coordinator') }}
{% endfor %}
