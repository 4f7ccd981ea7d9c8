import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import { type DayRange, dayOf, textOf } from '../calendar.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { type AssessedItem, assessItems, isAskedFor } from './assess-items.ts';
import { type INVENTORY_PARAMETERS, type InventoryValues, isGrouped, isGroupOrder } from './parameters.ts';
import { itemsQuery, lastMovementQuery } from './queries.ts';
import { GROUP_ORDER_VALUES, groupText, ITEM_ORDER_VALUES, itemText, ordered } from './rows.ts';
import { stockGroup } from './stock-groups.ts';
import { stockItem } from './stock-item.ts';

/** Items times days of the window: what is held in memory at once. */
const MAX_ITEM_DAYS = 4_500_000;

type Question = ReportQuestion<typeof INVENTORY_PARAMETERS>;

/** Computes the report; throws API_REPORT_TOO_LARGE when there are more items than rows are allowed. */
export async function computeInventory(question: Question): Promise<ReportData> {
  const { values, watermark, reader, settings } = question;
  const window = await resolveWindow(question);
  const maxItems = Math.min(settings.maxRows, Math.floor(MAX_ITEM_DAYS / values.window_days));
  const rows = await reader.rows(
    itemsQuery({ watermark, values, window: window ?? { from: 0, to: 0 }, maxItems: maxItems + 1 }),
  );
  if (rows.length > maxItems) {
    throw new ApiError(
      API_ERRORS.reportTooLarge,
      `more than ${maxItems} items to compare over ${values.window_days} days; ask for some products, warehouses or categories`,
    );
  }
  const items = assessItems(rows.map(stockItem), values, window).filter((item) => isAskedFor(item, values));
  const texts = isGrouped(values) ? groupTexts(items, values) : itemTexts(items, values);
  const shown = texts.slice(0, values.limit);
  return {
    text: arrayText(shown),
    rows: shown.length,
    parameters: { ...values, window_end: window === null ? null : textOf(window.to) },
    meta: {
      grain: values.by ?? 'product and warehouse',
      window:
        window === null ? null : { from: textOf(window.from), to: textOf(window.to), bounds: 'both days included' },
      items: items.length,
      is_truncated: texts.length > shown.length,
    },
  };
}

/** Null when nothing ever moved and no day is asked for. */
async function resolveWindow({ values, watermark, reader }: Question): Promise<DayRange | null> {
  let to = values.window_end === null ? null : dayOf(values.window_end);
  if (to === null) {
    const [found] = await reader.rows(lastMovementQuery(watermark));
    to = found?.last === null || found?.last === undefined ? null : Number(found.last);
  }
  return to === null ? null : { from: to - values.window_days + 1, to };
}

function itemTexts(items: readonly AssessedItem[], values: InventoryValues): JsonText[] {
  const sorted = ordered(items, ITEM_ORDER_VALUES[values.order_by], values.direction);
  return sorted.slice(0, values.limit + 1).map((item) => itemText(item, values.by === null));
}

function groupTexts(
  items: readonly AssessedItem[],
  values: InventoryValues & { by: 'warehouse' | 'category' },
): JsonText[] {
  const { by, order_by: orderBy, direction, window_days: windowDays } = values;
  const name = ({ item }: AssessedItem) => (by === 'warehouse' ? item.warehouseId : item.category);
  const groups = [...Map.groupBy(items, name)]
    .sort(([left], [right]) => (by === 'warehouse' ? Number(BigInt(left) - BigInt(right)) : left < right ? -1 : 1))
    .map(([, [first, ...others]]) => stockGroup([first as AssessedItem, ...others], windowDays));
  const value = GROUP_ORDER_VALUES[isGroupOrder(orderBy) ? orderBy : 'demand_value'];
  return ordered(groups, value, direction).map((group) => groupText(group, by));
}
