{{ config(materialized='table', unique_key='currency', meta={'maintenance': {'strategy': 'static'}}) }}

-- Grain: one row, the currency that amounts named reporting_... are in, for readers who convert others themselves.
select '{{ var("reporting_currency") }}' as currency
