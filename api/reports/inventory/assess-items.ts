import type { DayRange } from '../calendar.ts';
import { type Abc, abcClasses, type StockStatus, stockStatus, type Xyz, xyzClass } from './classes.ts';
import { type DemandStatistics, demandStatistics } from './demand-statistics.ts';
import { empiricalLeadTimeDemand, type LeadTimeDemand, normalLeadTimeDemand } from './lead-time-demand.ts';
import { normalQuantile } from './normal-distribution.ts';
import type { InventoryValues } from './parameters.ts';
import { NO_STOCK_DAYS, type StockDays, stockDays } from './stock-days.ts';
import type { StockItem } from './stock-item.ts';
import { daysOfCover, economicOrderQuantity, turnover } from './stock-ratios.ts';

/** An item with what its demand says about it. */
export interface AssessedItem {
  readonly item: StockItem;
  readonly days: StockDays;
  readonly statistics: DemandStatistics;
  readonly leadTime: LeadTimeDemand;
  readonly available: bigint;
  readonly demandUnits: bigint;
  /** At cost, hundredths. */
  readonly demandValue: bigint;
  readonly daysOfCover: number | null;
  readonly turnover: number | null;
  readonly economicOrderQuantity: number | null;
  readonly daysSinceSale: number | null;
  readonly abc: Abc;
  readonly xyz: Xyz | null;
  readonly status: StockStatus;
}

/** Classes are of the items among themselves. Without a window, since nothing ever moved, nothing is known of demand. */
export function assessItems(
  items: readonly StockItem[],
  values: InventoryValues,
  window: DayRange | null,
): readonly AssessedItem[] {
  const factor = normalQuantile(values.service_level);
  const assessed = items.map((item) => assess(item, values, window, factor));
  const classes = abcClasses(
    assessed.map(({ demandValue }) => demandValue),
    { a: values.abc_a, b: values.abc_b },
  );
  return assessed.map((each, index) => ({ ...each, abc: classes[index] ?? 'C' }));
}

function assess(
  item: StockItem,
  values: InventoryValues,
  window: DayRange | null,
  factor: number,
): Omit<AssessedItem, 'abc'> {
  const available = item.onHand - item.reserved;
  const days =
    window === null ? NO_STOCK_DAYS : stockDays(Number(item.onHand - item.movedSince), item.movements, window);
  const statistics = demandStatistics(days.demand);
  const units = days.demand.reduce((sum, each) => sum + each, 0);
  const leadTime =
    values.method === 'empirical'
      ? empiricalLeadTimeDemand({
          demand: days.demand,
          leadTimeDays: values.lead_time_days,
          serviceLevel: values.service_level,
          available: Number(available),
        })
      : normalLeadTimeDemand({
          statistics,
          leadTimeDays: values.lead_time_days,
          leadTimeDeviationDays: values.lead_time_deviation_days,
          factor,
          available: Number(available),
        });
  const since = (day: number | null) => (day === null || window === null ? null : Math.max(0, window.to - day));
  return {
    item,
    days,
    statistics,
    leadTime,
    available,
    demandUnits: BigInt(units),
    demandValue: BigInt(units) * item.unitCost,
    daysOfCover: daysOfCover(Number(available), statistics.mean),
    turnover: turnover(units, values.window_days, days.meanStock),
    economicOrderQuantity: economicOrderQuantity({
      meanDemand: statistics.mean,
      orderCost: values.order_cost,
      holdingRate: values.holding_rate,
      unitCost: Number(item.unitCost) / 100,
    }),
    daysSinceSale: since(item.lastSale),
    xyz: xyzClass(statistics.variation, { x: values.xyz_x, y: values.xyz_y }),
    status: stockStatus({
      onHand: Number(item.onHand),
      available: Number(available),
      idleDays: since(item.lastSale ?? item.firstMoved),
      deadAfterDays: values.dead_after_days,
      reorderPoint: leadTime.reorderPoint,
    }),
  };
}

/** Items in the states and classes that are asked for. */
export function isAskedFor(item: AssessedItem, values: InventoryValues): boolean {
  return (
    values.status.includes(item.status) &&
    values.abc.includes(item.abc) &&
    (item.xyz === null ? values.xyz.length === 3 : values.xyz.includes(item.xyz))
  );
}
