import type { Check } from './check.ts';

const NOTIFICATIONS = `
  with facts as (
    select n.*, n.created_at::date as day, coalesce(last.status, 'not sent') as last_status,
      coalesce(last.error, '') as last_error, a.attempts, a.bounces, a.first_at, a.last_at, a.delivered_at,
      floor(extract(epoch from date_trunc('milliseconds', a.delivered_at) - date_trunc('milliseconds', n.created_at)) * 1000)::bigint as ms
    from notifications as n
    cross join lateral (
      select count(*) as attempts, count(*) filter (where status = 'bounced') as bounces, min(attempted_at) as first_at,
        max(attempted_at) as last_at, min(attempted_at) filter (where status = 'delivered') as delivered_at
      from deliveries where notification_id = n.id
    ) as a
    left join lateral (
      select status, error from deliveries where notification_id = n.id order by attempt desc, id desc limit 1
    ) as last on true
  )`;

export const NOTIFICATION_CHECKS: readonly Check[] = [
  {
    model: 'template_dimension',
    columns: ['template_id', 'name', 'channel', 'subject', 'updated_at'],
    postgres: `
      select id, name, channel, coalesce(subject, ''), updated_at from templates
      union all
      select 0, 'unknown', 'unknown', '', to_timestamp(0)`,
  },
  {
    model: 'notification_fact',
    columns: [
      ...['notification_id', 'customer_id', 'template_id', 'order_id', 'channel', 'created_at', 'notification_date'],
      ...['attempts', 'bounces', 'last_status', 'last_error', 'first_attempt_at', 'last_attempt_at', 'delivered_at'],
      'delivery_ms',
    ],
    postgres: `${NOTIFICATIONS}
      select id, user_id, template_id, coalesce(order_id, 0), channel, created_at, day, attempts, bounces, last_status,
        last_error, first_at, last_at, delivered_at, ms
      from facts`,
  },
  {
    model: 'notification_cube',
    columns: [
      ...['notification_date', 'template_id', 'channel', 'last_status', 'notifications', 'attempts', 'bounces'],
      ...['delivered', 'delivery_ms'],
    ],
    postgres: `${NOTIFICATIONS}
      select day, template_id, channel, last_status, count(*), sum(attempts), sum(bounces), count(delivered_at),
        coalesce(sum(ms), 0)
      from facts
      group by day, template_id, channel, last_status`,
  },
];
