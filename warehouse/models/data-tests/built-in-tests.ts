/**
 * dbt's four generic tests, in ClickHouse's SQL. A test of the folder with one of these names takes its place.
 * `literal` quotes a value.
 */
export const BUILT_IN_TESTS = `
{% test unique(model, column_name) %}
select {{ column_name }} as unique_field, count() as n_records
from {{ model }}
where {{ column_name }} is not null
group by unique_field
having n_records > 1
{% endtest %}

{% test not_null(model, column_name) %}
select *
from {{ model }}
where {{ column_name }} is null
{% endtest %}

{% test accepted_values(model, column_name, values, quote=true) %}
select {{ column_name }} as value_field, count() as n_records
from {{ model }}
where {{ column_name }} is not null
group by value_field
having value_field not in ({% for value in values %}{% if quote %}{{ literal(value) }}{% else %}{{ value }}{% endif %}{% if not loop.last %}, {% endif %}{% endfor %})
{% endtest %}

{% test relationships(model, column_name, to, field) %}
select child.from_field as from_field, count() as n_records
from (select {{ column_name }} as from_field from {{ model }} where from_field is not null) as child
left anti join (select distinct {{ field }} as to_field from {{ to }}) as parent on parent.to_field = child.from_field
group by from_field
{% endtest %}
`;
