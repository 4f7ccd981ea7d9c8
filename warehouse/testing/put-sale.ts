import type { Shop } from './shop.ts';

/** A paid order of one unit of product 1: what a test needs of sales whatever else happens at random. */
export function putSale(
  shop: Pick<Shop, 'put'>,
  sale: {
    id: number;
    customer?: number;
    currency?: string;
    /** As Postgres writes it. */
    at: string;
    /** With two places. */
    amount?: string;
  },
): void {
  const { customer = 900, currency = 'USD', at, amount = '12.34' } = sale;
  const id = String(sale.id);
  shop.put('orders', [id, String(customer), 'paid', 'web', 'north', 'DE', currency, at]);
  shop.put('order_items', [id, id, '1', '1', '1.0000', amount, '0.00', '0.00', amount]);
}
