import type { RequestReader } from '../../warehouse-reader.ts';
import { type DayRange, dayOf } from '../calendar.ts';
import type { SalesTrendsValues } from './parameters.ts';
import { boundsQuery, zonedBoundsQuery } from './queries.ts';

/** The range asked for, or of all orders where it is open; null: there are none. */
export async function rangeOf(
  values: Pick<SalesTrendsValues, 'from' | 'to' | 'time_zone'>,
  watermark: string,
  reader: RequestReader,
): Promise<DayRange | null> {
  let from = values.from === null ? null : dayOf(values.from);
  let to = values.to === null ? null : dayOf(values.to);
  if (from === null || to === null) {
    const { time_zone: timeZone } = values;
    const query = timeZone === 'UTC' ? boundsQuery(watermark) : zonedBoundsQuery(watermark, timeZone);
    const [bounds] = await reader.kept(query);
    const isEmpty = bounds === undefined || bounds.days === '0';
    const first = isEmpty ? null : dayOf(bounds.first ?? '');
    const last = isEmpty ? null : dayOf(bounds.last ?? '');
    from ??= first === null ? to : Math.min(first, to ?? first);
    to ??= last === null ? from : Math.max(last, from ?? last);
  }
  return from === null || to === null ? null : { from, to };
}
