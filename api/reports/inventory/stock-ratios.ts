const DAYS_A_YEAR = 365;

/** Days that what is available lasts at the mean demand; none when nothing is available, null when nothing is asked for. */
export function daysOfCover(available: number, meanDemand: number | null): number | null {
  return meanDemand === null || meanDemand === 0 ? null : Math.max(0, available) / meanDemand;
}

/** How often a year the mean stock was shipped; null without stock. Both in units, or both in value. */
export function turnover(shipped: number, days: number, meanStock: number | null): number | null {
  return meanStock === null || meanStock === 0 ? null : ((shipped / days) * DAYS_A_YEAR) / meanStock;
}

/**
 * Economic order quantity, sqrt(2 D S / (h c)) for a demand of D a year, S an order, and h c a year to hold a unit (F. W. Harris,
 * "How many parts to make at once", 1913). Null without demand, or where an order or holding costs nothing.
 */
export function economicOrderQuantity(options: {
  meanDemand: number | null;
  orderCost: number | null;
  holdingRate: number;
  unitCost: number;
}): number | null {
  const { meanDemand, orderCost, holdingRate, unitCost } = options;
  const holdingCost = holdingRate * unitCost;
  if (meanDemand === null || orderCost === null || meanDemand <= 0 || orderCost <= 0 || holdingCost <= 0) return null;
  return Math.sqrt((2 * meanDemand * DAYS_A_YEAR * orderCost) / holdingCost);
}
