{{ config(
    materialized='table',
    unique_key=['currency', 'date'],
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'currency',
        'inputs': {'order.exchange_rates': 'currency'}
    }}
) }}

-- Grain: one row for each currency and day that has a rate: the latest on or before the day, if it still holds. With a row
-- a day a fact finds its rate by one key, and a corrected rate touches the sales of the days that it held, no others.
select
    r.currency as currency,
    r.valid_from + day as date,
    concat(r.currency, ' ', toString(date)) as rate_key,
    r.rate as rate,
    r.valid_from as quoted_on
from (
    select
        currency,
        valid_from,
        rate,
        leadInFrame(toNullable(valid_from)) over (partition by currency order by valid_from
            rows between unbounded preceding and unbounded following) as next_from
    from {{ ref('stg_order__exchange_rates') }}
) as r
array join range(toUInt64(least(
    coalesce(dateDiff('day', r.valid_from, r.next_from), {{ var('rate_holds_days') }}),
    {{ var('rate_holds_days') }}
))) as day
