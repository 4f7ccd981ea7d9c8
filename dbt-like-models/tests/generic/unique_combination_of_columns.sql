{# Rows of which several have the same values in these columns. #}
{% test unique_combination_of_columns(model, combination_of_columns) %}
select {{ combination_of_columns | join(', ') }}, count() as n_records
from {{ model }}
group by {{ combination_of_columns | join(', ') }}
having n_records > 1
{% endtest %}
