import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { MEASURES, measureMembers, measureTexts, NO_MEASURES, quotient } from '../measures.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { reportingCurrencyQuery } from '../reporting-currency.ts';
import { type CUSTOMER_LTV_PARAMETERS, limitOf } from './parameters.ts';
import {
  CUSTOMER_ROWS,
  customerExistsQuery,
  groupsQuery,
  KNOWN_CUSTOMERS,
  oneCustomerQuery,
  topCustomersQuery,
} from './queries.ts';

type Question = ReportQuestion<typeof CUSTOMER_LTV_PARAMETERS>;

/** Computes the report; throws API_CUSTOMER_UNKNOWN. */
export async function computeCustomerLtv(question: Question): Promise<ReportData> {
  const [found, [currency]] = await Promise.all([
    computeRows(question),
    question.reader.kept(reportingCurrencyQuery(question.watermark)),
  ]);
  const { rows, parameters } = found;
  return {
    text: arrayText(rows),
    rows: rows.length,
    parameters: { ...NOT_APPLYING, ...parameters },
    meta: { grain: parameters.by ?? 'customer', currency: currency?.currency ?? null },
  };
}

const NOT_APPLYING = { customer_id: null, by: null, order_by: null, direction: null, limit: null };

interface Found {
  readonly rows: readonly JsonText[];
  /** Those that apply. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

async function computeRows(question: Question): Promise<Found> {
  const { values, watermark, reader } = question;
  const { by, customer_id } = values;
  if (customer_id !== null) {
    return { rows: [await oneCustomer(question, customer_id)], parameters: { customer_id } };
  }
  const limit = limitOf(values);
  if (by === null) {
    const orderBy = values.order_by ?? 'net_revenue';
    const direction = values.direction ?? 'desc';
    const rows = await reader.rows(topCustomersQuery({ watermark, orderBy, direction, limit }));
    return { rows: rows.map(customerText), parameters: { order_by: orderBy, direction, limit } };
  }
  const direction = values.direction ?? (values.order_by === null ? 'asc' : 'desc');
  const orderBy = values.order_by;
  const rows = await reader.rows(groupsQuery({ watermark, by, orderBy, direction, limit }));
  return {
    rows: rows.map((row) => objectText([[by, jsonText(row.group_text ?? '')], ...groupMembers(row)])),
    parameters: { by, order_by: orderBy ?? by, direction, limit },
  };
}

async function oneCustomer({ watermark, reader, keyedRows }: Question, customerId: bigint): Promise<JsonText> {
  const held = await keyedRows.at(CUSTOMER_ROWS, watermark);
  const row = held ? held(customerId.toString()) : (await reader.rows(oneCustomerQuery(watermark, customerId)))[0];
  if (row) return customerText(row);
  const known = await keyedRows.at(KNOWN_CUSTOMERS, watermark);
  const isKnown = known
    ? known(customerId.toString()) !== null
    : (await reader.rows(customerExistsQuery(watermark, customerId))).length > 0;
  if (!isKnown) throw new ApiError(API_ERRORS.customerUnknown, `customer_id ${customerId} is not known`);
  return objectText([
    ['customer_id', customerId.toString()],
    ['acquisition_month', 'null'],
    ...measureMembers(MEASURES, NO_MEASURES),
    ['unconverted_lines', '0'],
    ['first_order_at', 'null'],
    ['last_order_at', 'null'],
    ['tenure_days', 'null'],
  ]);
}

function customerText(row: TextRow): JsonText {
  const ordered = row.orders !== '0';
  return objectText([
    ['customer_id', numberToken(row.customer_id_text ?? null)],
    ['acquisition_month', jsonText(ordered ? (row.acquisition_month_text ?? null) : null)],
    ...measureMembers(MEASURES, measureTexts(row)),
    ['unconverted_lines', numberToken(row.unconverted ?? null)],
    ['first_order_at', jsonText(ordered ? (row.first_order ?? null) : null)],
    ['last_order_at', jsonText(ordered ? (row.last_order ?? null) : null)],
    ['tenure_days', numberToken(row.tenure ?? null)],
  ]);
}

function groupMembers(row: TextRow): [string, JsonText][] {
  const texts = measureTexts(row);
  const ordered = texts.orders !== '0';
  return [
    ...measureMembers(MEASURES, texts),
    ['unconverted_lines', numberToken(row.unconverted ?? null)],
    ['net_revenue_per_customer', numberToken(quotient(texts.net_revenue, texts.customers))],
    ['margin_per_customer', numberToken(quotient(texts.margin, texts.customers))],
    ['first_order_at', jsonText(ordered ? (row.first_order ?? null) : null)],
    ['last_order_at', jsonText(ordered ? (row.last_order ?? null) : null)],
  ];
}
