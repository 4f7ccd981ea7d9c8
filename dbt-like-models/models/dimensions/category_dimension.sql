{{ config(
    materialized='table',
    unique_key='category_id',
    meta={'maintenance': {
        'strategy': 'by_key',
        'key': 'category_id',
        'inputs': {'inventory.categories': 'id'},
        'lookups': [
            {'table': 'inventory.categories', 'key': 'id', 'from': 'inventory.categories', 'column': 'parent_id'}
        ],
        'members': ['0']
    }}
) }}

-- Grain: one row for each category, and one for what has none. The tree is climbed from the category to its root; where
-- parents form a circle, the climb ends before it meets a category again.
with recursive climb as (
    select
        c.category_id as category_id,
        c.parent_id as next_id,
        [c.category_id] as ids,
        [c.name] as names
    from {{ ref('stg_inventory__categories') }} as c
    union all
    select
        d.category_id as category_id,
        c.parent_id as next_id,
        arrayPushFront(d.ids, c.category_id) as ids,
        arrayPushFront(d.names, c.name) as names
    from climb as d
    inner join {{ ref('stg_inventory__categories') }} as c on c.category_id = d.next_id
    where not has(d.ids, c.category_id)
),

paths as (
    select
        d.category_id as category_id,
        argMax(d.ids, length(d.ids)) as ids,
        argMax(d.names, length(d.names)) as names
    from climb as d
    group by d.category_id
)

select
    p.category_id as category_id,
    if(length(p.ids) > 1, p.ids[-2], 0) as parent_id,
    p.names[-1] as name,
    if(length(p.names) > 1, p.names[-2], '') as parent_name,
    toInt32(length(p.ids)) as level,
    p.ids as path_ids,
    arrayStringConcat(p.names, ' > ') as path,
    p.names[1] as level_1,
    p.names[least(2, length(p.names))] as level_2,
    p.names[least(3, length(p.names))] as level_3
from paths as p
union all
select 0, 0, 'unknown', '', 0, emptyArrayInt64(), 'unknown', 'unknown', 'unknown', 'unknown'
where 0 not in (select category_id from {{ ref('stg_inventory__categories') }})
