{# Ranges of one key that overlap, or end before they begin; with gaps='not_allowed' those that do not begin where the one
   before ended, too. An upper bound that is NULL is open. Arguments are those of the test in dbt_utils. #}
{% test mutually_exclusive_ranges(model, lower_bound_column, upper_bound_column, partition_by, gaps='allowed') %}
select *
from (
    select
        {{ partition_by }},
        {{ lower_bound_column }} as range_begin,
        {{ upper_bound_column }} as range_end,
        leadInFrame(toNullable({{ lower_bound_column }})) over (
            partition by {{ partition_by }} order by {{ lower_bound_column }}, {{ upper_bound_column }} nulls last
            rows between current row and unbounded following
        ) as next_begin
    from {{ model }}
) as ranges
where range_end <= range_begin
    or (next_begin is not null and (range_end is null or range_end > next_begin))
    {% if gaps == 'not_allowed' %}or range_end < next_begin{% endif %}
{% endtest %}
