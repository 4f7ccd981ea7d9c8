{# An amount in the currency of the sale, in the reporting currency, to the cent; NULL without a rate. #}
{% macro to_reporting(amount, rate) -%}
toDecimal128(round(toDecimal256({{ amount }}, 2) * toDecimal256({{ rate }}, 10), 2), 2)
{%- endmacro %}
