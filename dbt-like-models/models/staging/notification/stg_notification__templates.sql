{{ config(materialized='view') }}

select
    id as template_id,
    coalesce(name, '') as name,
    coalesce(channel, '') as channel,
    coalesce(subject, '') as subject,
    assumeNotNull(updated_at) as updated_at
from {{ source('notification', 'templates') }}
