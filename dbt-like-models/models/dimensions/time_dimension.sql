{{ config(materialized='table', unique_key='date', meta={'maintenance': {'strategy': 'static'}}) }}

{%- set first_month = var('fiscal_year_start_month') %}

-- Grain: one row for each day. The 4-4-5 year begins on the Monday of the week that has the fourth day of the fiscal
-- year's first month; with January it is the ISO year. A 53rd week belongs to the last period.
with
days as (
    select
        toDate32('{{ var("first_date") }}') + number as date,
        toYear(addMonths(date, {{ (13 - first_month) % 12 }})) as fiscal_year,
        toInt32((toMonth(date) + {{ 12 - first_month }}) % 12) as months_into_year
    from numbers({{ var('days') }})
),

years as (
    select
        d.date as date,
        d.fiscal_year as fiscal_year,
        d.months_into_year as months_into_year,
        arrayMap(
            y -> makeDate32(y, {{ first_month }}, 4) - (toDayOfWeek(makeDate32(y, {{ first_month }}, 4)) - 1),
            [d.fiscal_year - {{ 0 if first_month == 1 else 1 }}, d.fiscal_year + {{ 1 if first_month == 1 else 0 }}]
        ) as starts,
        d.fiscal_year + (d.date >= starts[2]) - (d.date < starts[1]) as year_445,
        makeDate32(year_445 - {{ 0 if first_month == 1 else 1 }}, {{ first_month }}, 4) as fourth,
        intDiv(dateDiff('day', fourth - (toDayOfWeek(fourth) - 1), d.date), 7) + 1 as week_445,
        least(intDiv(week_445 - 1, 13) + 1, 4) as quarter_445,
        week_445 - 13 * (quarter_445 - 1) as week_of_quarter
    from days as d
),

holidays as (
    select
        cast([{% for holiday in var('holidays') %}'{{ holiday.date }}'{% if not loop.last %}, {% endif %}{% endfor %}], 'Array(String)') as days,
        cast([{% for holiday in var('holidays') %}'{{ holiday.name | replace("'", "''") }}'{% if not loop.last %}, {% endif %}{% endfor %}], 'Array(String)') as names
)

select
    y.date as date,
    toYear(y.date) as year,
    toQuarter(y.date) as quarter,
    toMonth(y.date) as month,
    makeDate32(toYear(y.date), toMonth(y.date), 1) as month_start,
    dateName('month', y.date) as month_name,
    toISOWeek(y.date) as iso_week,
    toISOYear(y.date) as iso_year,
    concat(toString(iso_year), '-W', leftPad(toString(iso_week), 2, '0')) as iso_week_name,
    y.date - (toDayOfWeek(y.date) - 1) as week_start,
    toDayOfMonth(y.date) as day_of_month,
    toDayOfYear(y.date) as day_of_year,
    toDayOfWeek(y.date) as day_of_week,
    dateName('weekday', y.date) as day_name,
    toDayOfWeek(y.date) >= 6 as is_weekend,
    toInt32(y.fiscal_year) as fiscal_year,
    toInt32(intDiv(y.months_into_year, 3) + 1) as fiscal_quarter,
    toInt32(y.months_into_year + 1) as fiscal_month,
    toInt32(y.year_445) as year_445,
    toInt32(y.quarter_445) as quarter_445,
    toInt32(3 * (y.quarter_445 - 1) + multiIf(y.week_of_quarter <= 4, 1, y.week_of_quarter <= 8, 2, 3)) as period_445,
    toInt32(y.week_445) as week_445,
    coalesce(
        nullIf(h.names[indexOf(h.days, toString(y.date))], ''),
        h.names[indexOf(h.days, formatDateTime(y.date, '%m-%d'))]
    ) as holiday,
    holiday != '' as is_holiday,
    not is_weekend and not is_holiday as is_working_day
from years as y
cross join holidays as h
