{# What the first rows of an order bear of an amount, rounded to the cent: by their part of the order's amount, or by
   their number where the order's amount is zero. The last row brings it to the whole amount exactly. #}
{% macro share(amount, part, position) -%}
multiIf(
    {{ position }} = i.positions, {{ amount }},
    i.order_amount = 0, toDecimal128(round(divideDecimal(toDecimal256({{ amount }}, 2) * ({{ position }}), toDecimal256(i.positions, 0), 6), 2), 2),
    toDecimal128(round(divideDecimal(toDecimal256({{ amount }}, 2) * toDecimal256({{ part }}, 2), toDecimal256(i.order_amount, 2), 6), 2), 2))
{%- endmacro %}
