import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import type { TextRow } from '../../warehouse-reader.ts';
import { MEASURES, measureMembers, measureTexts, NO_MEASURES, quotient } from '../measures.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { type CUSTOMER_LTV_PARAMETERS, limitOf } from './parameters.ts';
import { customerExistsQuery, groupsQuery, oneCustomerQuery, topCustomersQuery } from './queries.ts';

type Question = ReportQuestion<typeof CUSTOMER_LTV_PARAMETERS>;

/** Computes the report; throws API_CUSTOMER_UNKNOWN. */
export async function computeCustomerLtv(question: Question): Promise<ReportData> {
  const { values, watermark, reader } = question;
  const { by, customer_id } = values;
  if (customer_id !== null) {
    return describe([await oneCustomer(question, customer_id)], { customer_id });
  }
  const limit = limitOf(values);
  if (by === null) {
    const orderBy = values.order_by ?? 'net_revenue';
    const direction = values.direction ?? 'desc';
    const rows = await reader.rows(topCustomersQuery({ watermark, orderBy, direction, limit }));
    return describe(rows.map(customerText), { order_by: orderBy, direction, limit });
  }
  const direction = values.direction ?? (values.order_by === null ? 'asc' : 'desc');
  const orderBy = values.order_by;
  const rows = await reader.rows(groupsQuery({ watermark, by, orderBy, direction, limit }));
  return describe(
    rows.map((row) => objectText([[by, jsonText(row.group_text ?? '')], ...groupMembers(row)])),
    { by, order_by: orderBy ?? by, direction, limit },
  );
}

async function oneCustomer({ watermark, reader }: Question, customerId: bigint): Promise<JsonText> {
  const [row] = await reader.rows(oneCustomerQuery(watermark, customerId));
  if (row !== undefined) return customerText(row);
  const [known] = await reader.rows(customerExistsQuery(watermark, customerId));
  if (known === undefined) throw new ApiError(API_ERRORS.customerUnknown, `customer_id ${customerId} is not known`);
  return objectText([
    ['customer_id', customerId.toString()],
    ['acquisition_month', 'null'],
    ...measureMembers(MEASURES, NO_MEASURES),
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
    ['net_revenue_per_customer', numberToken(quotient(texts.net_revenue, texts.customers))],
    ['margin_per_customer', numberToken(quotient(texts.margin, texts.customers))],
    ['first_order_at', jsonText(ordered ? (row.first_order ?? null) : null)],
    ['last_order_at', jsonText(ordered ? (row.last_order ?? null) : null)],
  ];
}

const NOT_APPLYING = { customer_id: null, by: null, order_by: null, direction: null, limit: null };

function describe(rows: readonly JsonText[], parameters: Readonly<Record<string, unknown>>): ReportData {
  const by = parameters.by ?? null;
  return {
    text: arrayText(rows),
    rows: rows.length,
    parameters: { ...NOT_APPLYING, ...parameters },
    meta: { grain: by ?? 'customer' },
  };
}
