import type { Random } from '../random.ts';
import { shareOf } from './money.ts';
import { type Place, SALES_CHANNELS } from './vocabulary.ts';

/** What an order needs to know of a product at that moment; amounts in cents. */
export interface ProductOffer {
  readonly id: number;
  readonly priceCents: number;
  readonly costCents: number;
}

export interface DraftItem {
  readonly productId: number;
  readonly quantity: number;
  readonly priceCents: number;
  readonly costCents: number;
  readonly grossCents: number;
  readonly discountCents: number;
  readonly taxCents: number;
}

export interface OrderDraft {
  readonly channel: string;
  readonly items: readonly DraftItem[];
  /** What the customer pays: gross less discounts plus tax. */
  readonly totalCents: number;
}

/** The most draws for one basket. */
const MOST_DRAWS = 15;

/**
 * Draws some different products, popular (early) ones more often, now and then with a discount: one to five for a `basket` of 1,
 * which is what people usually buy, more or less for other people.
 */
export function draftOrder(options: {
  random: Random;
  offers: readonly ProductOffer[];
  place: Place;
  basket: number;
}): OrderDraft {
  const { random, offers, place, basket } = options;
  const wanted = new Set<ProductOffer>();
  for (let left = 1 + Math.min(MOST_DRAWS, Math.floor(random.unit() ** 2 * 5 * basket)); left > 0; left--) {
    wanted.add(offers[Math.floor(random.unit() ** 1.6 * offers.length)]!);
  }
  const discountBasisPoints = random.chance(0.2) ? random.pick([500, 1000, 1500]) : 0;
  const items = [...wanted].map(({ id, priceCents, costCents }) => {
    const quantity = random.chance(0.7) ? 1 : random.between(2, 6);
    const grossCents = priceCents * quantity;
    const discountCents = shareOf(grossCents, discountBasisPoints);
    const taxCents = shareOf(grossCents - discountCents, place.taxBasisPoints);
    return { productId: id, quantity, priceCents, costCents, grossCents, discountCents, taxCents };
  });
  const totalCents = items.reduce((sum, item) => sum + paidFor(item), 0);
  return { channel: random.weighted(SALES_CHANNELS), items, totalCents };
}

/** What the customer paid for one item. */
export function paidFor(item: Pick<DraftItem, 'grossCents' | 'discountCents' | 'taxCents'>): number {
  return item.grossCents - item.discountCents + item.taxCents;
}
