{# Sums of a cube's measures that are not what the same SQL gives over what the cube is of. #}
{% test adds_up_to(model, to, measures) %}
select *
from (
    select {% for measure in measures %}sum({{ measure }}) as cube_{{ measure }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ model }}
) as cube_sums
cross join (
    select {% for measure, expression in measures.items() %}{{ expression }} as fact_{{ measure }}{% if not loop.last %}, {% endif %}{% endfor %}
    from {{ to }}
) as fact_sums
where {% for measure in measures %}cube_{{ measure }} != fact_{{ measure }}{% if not loop.last %} or {% endif %}{% endfor %}
{% endtest %}
