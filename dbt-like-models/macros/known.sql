{# An attribute of a dimension's row, 'unknown' where the row is missing or not there yet: the left join then gives key 0. #}
{% macro known(attribute, key) -%}
if({{ key }} = 0, 'unknown', {{ attribute }})
{%- endmacro %}
