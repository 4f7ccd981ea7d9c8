{{ config(materialized='table', unique_key='date', meta={'maintenance': {'strategy': 'static'}}) }}

select
    toDate32('{{ var("first_date") }}') + number as date,
    toYear(date) as year,
    toQuarter(date) as quarter,
    toMonth(date) as month,
    makeDate32(toYear(date), toMonth(date), 1) as month_start,
    dateName('month', date) as month_name,
    toISOWeek(date) as iso_week,
    toISOYear(date) as iso_year,
    toDayOfMonth(date) as day_of_month,
    toDayOfYear(date) as day_of_year,
    toDayOfWeek(date) as day_of_week,
    dateName('weekday', date) as day_name,
    toDayOfWeek(date) >= 6 as is_weekend
from numbers({{ var('days') }})
