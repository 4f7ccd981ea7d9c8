import type { Day, DayRange } from '../calendar.ts';

/** What moved on a day: the change of what is on hand, and of it what was shipped, as a positive number. */
export interface DayMovement {
  readonly day: Day;
  readonly net: number;
  readonly shipped: number;
}

export interface StockDays {
  /** Units shipped on each day with stock, in order. */
  readonly demand: readonly number[];
  readonly daysWithoutStock: number;
  /** What is on hand at the end of a day, on average over all days of the window; null when it has none. */
  readonly meanStock: number | null;
}

export const NO_STOCK_DAYS: StockDays = { demand: [], daysWithoutStock: 0, meanStock: null };

/**
 * Goes back from what is on hand at the end of the window, taking away each day's movements, so that it is right for as far back
 * as all movements are known. `movements` has each day of the window on which something moved.
 *
 * What would have been sold on a day without stock nobody knows: such days are left out (censored), not counted as zero. A day
 * has stock if any was there when it began or ended, or if something was shipped. A day on which stock ran out counts with
 * what was shipped.
 */
export function stockDays(onHand: number, movements: readonly DayMovement[], window: DayRange): StockDays {
  const byDay = new Map(movements.map((movement) => [movement.day, movement]));
  let closing = onHand;
  const demand: number[] = [];
  let daysWithoutStock = 0;
  let sum = 0;
  for (let day = window.to; day >= window.from; day--) {
    const moved = byDay.get(day);
    const opening = closing - (moved?.net ?? 0);
    const shipped = Math.max(0, moved?.shipped ?? 0); // more came back than left
    if (opening > 0 || closing > 0 || shipped > 0) demand.push(shipped);
    else daysWithoutStock++;
    sum += Math.max(0, closing);
    closing = opening;
  }
  return { demand: demand.reverse(), daysWithoutStock, meanStock: sum / (window.to - window.from + 1) };
}
