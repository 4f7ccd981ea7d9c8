import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { customerExistsQuery } from '../customer-ltv/queries.ts';
import { decimalText, divided, unitsOf } from '../decimal.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { reportingCurrencyQuery } from '../reporting-currency.ts';
import type { RFM_PARAMETERS } from './parameters.ts';
import { rfmCellsQuery, rfmCustomersQuery } from './queries.ts';
import { cellsOf, RFM_SEGMENTS, type RfmCell, segmentOf } from './segments.ts';

type Question = ReportQuestion<typeof RFM_PARAMETERS>;

/** Computes the report; throws API_CUSTOMER_UNKNOWN. */
export async function computeRfm(question: Question): Promise<ReportData> {
  const { values, watermark, reader } = question;
  const { by, customer_id: customerId, segment } = values;
  const cells = segment === null ? null : cellsOf(segment);
  const [currency] = await reader.kept(reportingCurrencyQuery(watermark));
  const meta = { grain: by ?? 'customer', currency: currency?.currency ?? null };
  if (by !== null) {
    const sums = (await reader.rows(rfmCellsQuery(watermark, cells))).map(sumsOf);
    const rows = by === 'cell' ? sums.map(cellText) : segmentTexts(sums);
    const parameters = { ...values, order_by: null, direction: null, limit: null };
    return { text: arrayText(rows), rows: rows.length, parameters, meta };
  }
  const orderBy = values.order_by ?? 'net_revenue';
  const direction = values.direction ?? (orderBy === 'recency_days' ? 'asc' : 'desc');
  const limit = customerId === null ? values.limit : 1;
  const rows = await reader.rows(rfmCustomersQuery({ watermark, customerId, cells, orderBy, direction, limit }));
  const texts = rows.map(customerText);
  if (customerId !== null && texts.length === 0) texts.push(await withoutOrder(question, customerId));
  const asked =
    customerId === null ? { order_by: orderBy, direction, limit } : { order_by: null, direction: null, limit: null };
  return { text: arrayText(texts), rows: texts.length, parameters: { ...values, ...asked }, meta };
}

/** Somebody who is known but has no order is in no part of those who bought. */
async function withoutOrder({ reader, watermark }: Question, customerId: bigint): Promise<JsonText> {
  const [known] = await reader.rows(customerExistsQuery(watermark, customerId));
  if (known === undefined) throw new ApiError(API_ERRORS.customerUnknown, `customer_id ${customerId} is not known`);
  return objectText([
    ['customer_id', customerId.toString()],
    ['recency_days', 'null'],
    ['orders', '0'],
    ['net_revenue', '0.00'],
    ['recency_score', 'null'],
    ['frequency_score', 'null'],
    ['monetary_score', 'null'],
    ['segment', 'null'],
  ]);
}

function customerText(row: TextRow): JsonText {
  const cell = cellOf(row);
  return objectText([
    ['customer_id', numberToken(row.customer ?? null)],
    ['recency_days', numberToken(row.recency ?? null)],
    ['orders', numberToken(row.orders_text ?? null)],
    ['net_revenue', numberToken(row.revenue ?? null)],
    ...scoreMembers(cell),
    ['segment', jsonText(segmentOf(cell))],
  ]);
}

interface Sums {
  readonly cell: RfmCell;
  readonly customers: bigint;
  readonly orders: bigint;
  /** Cents. */
  readonly revenue: bigint;
  readonly recencyDays: bigint;
}

function sumsOf(row: TextRow): Sums {
  return {
    cell: cellOf(row),
    customers: BigInt(row.customers ?? '0'),
    orders: BigInt(row.orders_text ?? '0'),
    revenue: unitsOf(row.revenue ?? '0', 2),
    recencyDays: BigInt(row.recency ?? '0'),
  };
}

function cellText(sums: Sums): JsonText {
  return objectText([...scoreMembers(sums.cell), ['segment', jsonText(segmentOf(sums.cell))], ...sumMembers([sums])]);
}

/** In the order of the segments, those that have customers. */
function segmentTexts(sums: readonly Sums[]): JsonText[] {
  const bySegment = Map.groupBy(sums, ({ cell }) => segmentOf(cell));
  return RFM_SEGMENTS.flatMap((segment) => {
    const found = bySegment.get(segment);
    return found === undefined ? [] : [objectText([['segment', jsonText(segment)], ...sumMembers(found)])];
  });
}

/** Precondition: at least one customer. */
function sumMembers(cells: readonly Sums[]): [string, JsonText][] {
  const sum = (of: (sums: Sums) => bigint) => cells.reduce((total, each) => total + of(each), 0n);
  const [customers, revenue] = [sum((each) => each.customers), sum((each) => each.revenue)];
  return [
    ['customers', customers.toString()],
    ['orders', sum((each) => each.orders).toString()],
    ['net_revenue', decimalText(revenue, 2)],
    ['net_revenue_per_customer', decimalText(divided(revenue, customers), 2)],
    ['mean_recency_days', decimalText(divided(sum((each) => each.recencyDays) * 10n, customers), 1)],
  ];
}

function scoreMembers({ recency, frequency, monetary }: RfmCell): [string, JsonText][] {
  return [
    ['recency_score', String(recency)],
    ['frequency_score', String(frequency)],
    ['monetary_score', String(monetary)],
  ];
}

function cellOf(row: TextRow): RfmCell {
  const [recency, frequency, monetary] = (row.cell_text ?? '').split('').map(Number) as [number, number, number];
  return { recency, frequency, monetary };
}
