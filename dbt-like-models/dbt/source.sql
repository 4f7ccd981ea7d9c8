{# For dbt alone; Millrace resolves sources itself. A table of a service is the replica raw.<service>__<table>, unless
   sources.yml gives it another `identifier`. A replica holds versions of rows: `final` reads the current ones. #}
{% macro source(source_name, table_name) -%}
{%- set relation = builtins.source(source_name, table_name) -%}
{%- if model.resource_type == 'unit_test' -%}
{{ relation }}
{%- else -%}
{%- set replica = source_name ~ '__' ~ table_name if relation.identifier == table_name else relation.identifier -%}
(select * except (_version, _deleted) from {{ relation.incorporate(path={'identifier': replica}) }} final)
{%- endif -%}
{%- endmacro %}
