import { modelAt, partsAt } from '../../../warehouse/published/published.ts';
import type { Breakdown } from '../breakdown/breakdown.ts';
import { count, percentileColumns, percentiles, ratio } from '../breakdown/measures.ts';
import { named } from '../breakdown/named.ts';

export const CHANNEL = named('f.channel');
export const STATUS = named('f.last_status');

/** Counted from the cube; percentiles and errors from the facts. */
export const NOTIFICATIONS: Breakdown = {
  name: 'notifications',
  date: 'notification_date',
  relation: { cube: partsAt('notification_cube'), facts: modelAt('notification_fact') },
  occursInCube: 'sum(f.notifications) != 0',
  dimensions: {
    channel: { key: CHANNEL, fields: [{ name: 'channel', kind: 'text', sql: CHANNEL, description: 'email or sms' }] },
    template: {
      key: 'f.template_id',
      fields: [
        { name: 'template_id', kind: 'integer', sql: 'toString(f.template_id)', description: '0 for none' },
        { name: 'template', kind: 'text', sql: named('any(t.name)'), description: 'its name as it is now' },
      ],
      join: `left any join (select template_id, name from ${modelAt('template_dimension')}) as t on t.template_id = f.template_id`,
    },
    status: {
      key: STATUS,
      fields: [
        { name: 'status', kind: 'text', sql: STATUS, description: 'state of the last attempt; not sent without any' },
      ],
    },
    error: {
      key: 'f.last_error',
      fields: [
        {
          name: 'error',
          kind: 'text',
          sql: 'f.last_error',
          description: 'error of the last attempt, empty without one',
        },
      ],
      onlyFacts: true,
    },
  },
  columns: {
    notifications: { cube: 'toString(sum(f.notifications))', facts: 'toString(count())' },
    sent: {
      cube: `toString(sumIf(f.notifications, f.last_status != 'not sent'))`,
      facts: `toString(countIf(f.last_status != 'not sent'))`,
    },
    delivered: { cube: 'toString(sum(f.delivered))', facts: 'toString(countIf(f.delivered_at is not null))' },
    failed: {
      cube: `toString(sumIf(f.notifications - f.delivered, f.last_status = 'bounced'))`,
      facts: `toString(countIf(f.last_status = 'bounced' and f.delivered_at is null))`,
    },
    pending: {
      cube: `toString(sumIf(f.notifications - f.delivered, f.last_status != 'bounced'))`,
      facts: `toString(countIf(f.last_status != 'bounced' and f.delivered_at is null))`,
    },
    attempts: { cube: 'toString(sum(f.attempts))', facts: 'toString(sum(f.attempts))' },
    bounces: { cube: 'toString(sum(f.bounces))', facts: 'toString(sum(f.bounces))' },
    delivery_ms: { cube: 'toString(sum(f.delivery_ms))', facts: 'toString(sum(ifNull(f.delivery_ms, 0)))' },
    ...percentileColumns('delivery_ms', 'f.delivery_ms', 'f.delivery_ms is not null'),
  },
  measures: {
    notifications: count('notifications', 'Notifications'),
    sent: count('sent', 'Notifications with at least one attempt at delivery'),
    delivered: count('delivered', 'Notifications that were delivered'),
    failed: count('failed', 'Notifications never delivered whose last attempt bounced'),
    pending: count('pending', 'The others: not sent, queued, or sent without an answer yet'),
    attempts: count('attempts', 'Attempts at delivery'),
    bounces: count('bounces', 'Attempts that bounced'),
    delivery_rate: ratio({ of: 'delivered', by: 'sent', description: 'delivered divided by sent' }),
    failure_rate: ratio({ of: 'failed', by: 'sent', description: 'failed divided by sent' }),
    bounce_rate: ratio({ of: 'bounces', by: 'attempts', description: 'bounces divided by attempts' }),
    attempts_per_notification: ratio({ of: 'attempts', by: 'sent', description: 'attempts divided by sent' }),
    average_delivery_ms: ratio({
      of: 'delivery_ms',
      by: 'delivered',
      scale: 0,
      description: 'Milliseconds from creation to delivery, mean of those delivered',
    }),
    ...percentiles('delivery_ms', 'From creation to delivery'),
  },
};
