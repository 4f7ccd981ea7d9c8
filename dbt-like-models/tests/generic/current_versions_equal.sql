{# Rows in which the current versions of a snapshot and what it is of differ; one of both sides each. #}
{% test current_versions_equal(model, to, valid_to, columns) %}
select *
from (
    select 'snapshot' as side, {{ columns | join(', ') }}
    from {{ model }}
    where {{ valid_to }} is null
    except all
    select 'snapshot', {{ columns | join(', ') }}
    from {{ to }}
)
union all
select *
from (
    select 'current' as side, {{ columns | join(', ') }}
    from {{ to }}
    except all
    select 'current', {{ columns | join(', ') }}
    from {{ model }}
    where {{ valid_to }} is null
)
{% endtest %}
