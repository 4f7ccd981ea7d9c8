{{ config(materialized='view') }}

select
    user_id as customer_id,
    coalesce(first_name, '') as first_name,
    coalesce(last_name, '') as last_name,
    coalesce(phone, '') as phone,
    coalesce(city, '') as city,
    coalesce(region, '') as region,
    coalesce(country, '') as country,
    coalesce(segment, '') as segment,
    coalesce(acquisition_channel, '') as acquisition_channel
from {{ source('user', 'profiles') }}
