{# From when on a version is what was known of its key: the first one from the beginning, so that what is older finds it. #}
{% macro held_from(key) -%}
if(
        row_number() over (partition by {{ key }} order by valid_from) = 1,
        toDateTime64('1900-01-01 00:00:00', 6, 'UTC'),
        toDateTime64(valid_from, 6, 'UTC')
    )
{%- endmacro %}
