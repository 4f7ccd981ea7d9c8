{# For dbt alone; Millrace resolves sources itself. A table of a service is the replica raw.<service>__<table>, of which it
   keeps versions: `final` reads the current rows. #}
{% macro source(source_name, table_name) -%}
(select * except (_version, _deleted) from {{ builtins.source(source_name, table_name).incorporate(path={'identifier': source_name ~ '__' ~ table_name}) }} final)
{%- endmacro %}
