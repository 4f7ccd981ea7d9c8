import type { Check } from './check.ts';

export const USER_CHECKS: readonly Check[] = [
  {
    model: 'customer_dimension',
    columns: [
      ...['customer_id', 'email', 'status', 'first_name', 'last_name', 'phone', 'city', 'region', 'country'],
      ...['segment', 'acquisition_channel', 'created_at'],
    ],
    postgres: `
      select id, email, status, ${[
        'first_name',
        'last_name',
        'phone',
        'city',
        'region',
        'country',
        'segment',
        'acquisition_channel',
      ]
        .map((column) => `coalesce(${column}, '')`)
        .join(', ')}, created_at
      from users
      left join profiles on user_id = id
      union all
      select 0, '', 'unknown', '', '', '', 'unknown', 'unknown', 'unknown', 'unknown', 'unknown', to_timestamp(0)`,
  },
  {
    model: 'role_dimension',
    columns: ['role_id', 'name', 'description'],
    postgres: `select id, name, coalesce(description, '') from roles union all select 0, 'unknown', ''`,
  },
  {
    model: 'user_role_bridge',
    columns: ['customer_id', 'role_id', 'granted_at'],
    postgres: 'select user_id, role_id, granted_at from user_roles',
  },
  {
    model: 'user_activity_fact',
    columns: ['activity_id', 'customer_id', 'kind', 'product_id', 'occurred_at', 'activity_date'],
    postgres: `
      select id, user_id, kind,
        case when jsonb_typeof(payload -> 'product_id') = 'number' then (payload ->> 'product_id')::bigint else 0 end,
        occurred_at, occurred_at::date
      from activity`,
  },
];
