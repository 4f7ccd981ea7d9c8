import type { Check } from './check.ts';

export const PAYMENT_CHECKS: readonly Check[] = [
  {
    model: 'payment_fact',
    columns: [
      ...['payment_id', 'order_id', 'currency', 'method', 'provider', 'provider_reference', 'payment_status'],
      ...['created_at', 'payment_date', 'captured_at', 'amount', 'captured_amount', 'refunded_amount'],
      ...['pending_refund_amount', 'refund_count'],
    ],
    postgres: `
      select id, order_id, currency, method, provider, coalesce(provider_reference, ''), status, created_at,
        created_at::date, captured_at, amount, case status when 'captured' then amount else 0 end,
        coalesce((select sum(amount) from refunds where payment_id = p.id and status = 'completed'), 0),
        coalesce((select sum(amount) from refunds where payment_id = p.id and status = 'pending'), 0),
        (select count(*) from refunds where payment_id = p.id and status = 'completed')
      from payments as p`,
  },
  {
    model: 'refund_fact',
    columns: [
      ...['refund_id', 'payment_id', 'order_id', 'order_item_id', 'is_whole_order', 'currency', 'method'],
      ...['refund_status', 'reason', 'created_at', 'refund_date', 'amount'],
    ],
    postgres: `
      select r.id, payment_id, r.order_id, coalesce(order_item_id, 0), (order_item_id is null)::text,
        coalesce(currency, 'unknown'), coalesce(method, 'unknown'), r.status, coalesce(reason, ''), r.created_at,
        r.created_at::date, r.amount
      from refunds as r
      left join payments as p on p.id = r.payment_id`,
  },
];
