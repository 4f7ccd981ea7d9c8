{# For dbt alone: what dbt-clickhouse 1.10 has for snapshots says dbt_valid_from and dbt_valid_to whatever the snapshot
   calls them, so that every run after the first one fails. These do the same with the names as configured. #}
{% macro clickhouse__snapshot_staging_table(strategy, source_sql, target_relation) -%}
{#- A row that a join does not find has 0 or '' in ClickHouse, not NULL: keys are looked for by themselves, else none that is
   gone would be. -#}
{%- set key = 'dbt_unique_key' -%}
{%- set known = '(select ' ~ key ~ ' from snapshotted_data)' -%}
{{ default__snapshot_staging_table(strategy, source_sql, target_relation)
    | replace('snapshotted_data.' ~ key ~ ' is null', 'source_data.' ~ key ~ ' not in ' ~ known)
    | replace('snapshotted_data.' ~ key ~ ' is not null', 'source_data.' ~ key ~ ' in ' ~ known)
    | replace('source_data.' ~ key ~ ' is null',
        'snapshotted_data.' ~ key ~ ' not in (select ' ~ key ~ ' from deletes_source_data)') }}
{%- endmacro %}

{% macro clickhouse__snapshot_merge_sql(target, source, insert_cols) -%}
{%- set names = config.get('snapshot_table_column_names') or get_snapshot_table_column_names() -%}
{%- set columns = insert_cols | join(', ') -%}
{%- set scd_id = names.dbt_scd_id -%}
{%- set valid_to = adapter.quote(names.dbt_valid_to) -%}
{%- set merged = target.derivative('__snapshot_upsert') -%}
{% call statement('create_merged') %}
create table if not exists {{ merged }} {{ on_cluster_clause(merged) }} as {{ target }}
{% endcall %}
{% call statement('insert_unchanged') %}
insert into {{ merged }} ({{ columns }})
select {{ columns }} from {{ target }} where {{ scd_id }} not in (select {{ scd_id }} from {{ source }})
{% endcall %}
{% call statement('insert_ended') %}
insert into {{ merged }} ({{ columns }})
select
    {% for column in insert_cols -%}
    {{ 'ended' if column == valid_to else 'was' }}.{{ column }} as {{ column }}{{ '' if loop.last else ', ' }}
    {%- endfor %}
from {{ target }} as was
inner join {{ source }} as ended on ended.{{ scd_id }} = was.{{ scd_id }}
where ended.dbt_change_type in ('update', 'delete')
{% endcall %}
{% call statement('insert_begun') %}
insert into {{ merged }} ({{ columns }})
select {{ columns }} from {{ source }} where dbt_change_type = 'insert'
{% endcall %}
{% if target.can_exchange %}
{% do exchange_tables_atomic(merged, target) %}
{% call statement('drop_former') %}
drop table if exists {{ merged }} {{ on_cluster_clause(merged) }}
{% endcall %}
{% else %}
{% call statement('drop_former') %}
drop table if exists {{ target }} {{ on_cluster_clause(target) }}
{% endcall %}
{% call statement('rename_merged') %}
rename table {{ merged }} to {{ target }}
{% endcall %}
{% endif %}
{% do return('select 1') %}
{%- endmacro %}
