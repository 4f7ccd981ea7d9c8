/** The words that the example company's people, places and products are made of. */

export const FIRST_NAMES = (
  'Ada Ben Chloe David Elena Farid Grace Hugo Ines Jonas Karin Liam Mara Noah Olga Pavel Quinn Rosa Samir Tessa Uwe ' +
  'Vera Wim Xenia Yusuf Zoe'
).split(' ');

export const LAST_NAMES = (
  'Andersen Bauer Costa Dubois Eriksen Fischer Garcia Haas Ivanov Jansen Keller Lopez Moreau Novak Olsen Petrov Quist ' +
  'Rossi Schmidt Tanaka Unger Visser Weber Young Zeller'
).split(' ');

export interface Place {
  readonly city: string;
  readonly region: string;
  readonly country: string;
  /** Sales tax in hundredths of a percent. */
  readonly taxBasisPoints: number;
}

const place = (city: string, region: string, country: string, taxBasisPoints: number): Place => ({
  city,
  region,
  country,
  taxBasisPoints,
});

export const PLACES: readonly Place[] = [
  place('New York', 'north-america', 'US', 888),
  place('Chicago', 'north-america', 'US', 1025),
  place('Austin', 'north-america', 'US', 825),
  place('Toronto', 'north-america', 'CA', 1300),
  place('London', 'europe', 'GB', 2000),
  place('Berlin', 'europe', 'DE', 1900),
  place('Vienna', 'europe', 'AT', 2000),
  place('Paris', 'europe', 'FR', 2000),
  place('Madrid', 'europe', 'ES', 2100),
  place('Tokyo', 'asia-pacific', 'JP', 1000),
  place('Sydney', 'asia-pacific', 'AU', 1000),
  place('Singapore', 'asia-pacific', 'SG', 900),
  place('São Paulo', 'latin-america', 'BR', 1700),
  place('Bogotá', 'latin-america', 'CO', 1900),
];

export const SEGMENTS = { consumer: 70, business: 20, enterprise: 4, student: 6 } as const;
export const ACQUISITION_CHANNELS = { organic: 40, search: 25, social: 15, referral: 12, partner: 8 } as const;
export const SALES_CHANNELS = { web: 60, app: 30, store: 7, phone: 3 } as const;
export const DEVICES = { phone: 55, laptop: 35, tablet: 10 } as const;
export const ACTIVITY_KINDS = { view: 60, search: 22, basket: 10, wishlist: 5, review: 3 } as const;
export const PAYMENT_METHODS = { card: 65, wallet: 20, transfer: 10, invoice: 5 } as const;
export const REFUND_REASONS = { damaged: 3, 'not as described': 2, 'changed mind': 4, late: 1 } as const;

/** What the company pays and earns in; one currency, so that sums mean something. */
export const CURRENCY = 'USD';

/** Category tree: each parent with its children. */
export const CATEGORIES: Readonly<Record<string, readonly string[]>> = {
  Kitchen: ['Cookware', 'Knives', 'Small appliances'],
  Garden: ['Tools', 'Furniture', 'Plants'],
  Sports: ['Running', 'Cycling', 'Climbing'],
  Music: ['Records', 'Instruments'],
  Books: ['Fiction', 'Non-fiction', 'Comics'],
  Electronics: ['Audio', 'Cameras', 'Accessories'],
};

export const PRODUCT_ADJECTIVES = 'Compact Classic Light Heavy Silent Bright Foldable Solid Smart Plain'.split(' ');

export const WAREHOUSES = [
  { code: 'EAST', name: 'Newark', country: 'US' },
  { code: 'EURO', name: 'Rotterdam', country: 'NL' },
] as const;

/** Id of the warehouse (they are numbered from 1) that serves a place. */
export function warehouseFor(place: Pick<Place, 'region'>): number {
  return place.region.endsWith('america') ? 1 : 2;
}
