import { API_ERRORS } from '../../errors.ts';
import { arrayText, type JsonText, jsonText, numberToken, objectText } from '../../http/exact-json.ts';
import { ApiError } from '../../problems/problem.ts';
import { type Day, dayOf, textOf } from '../calendar.ts';
import { customerExistsQuery } from '../customer-ltv/queries.ts';
import { decimalText, divided } from '../decimal.ts';
import type { ReportData, ReportQuestion } from '../report.ts';
import { reportingCurrencyQuery } from '../reporting-currency.ts';
import { statisticText } from '../statistic-text.ts';
import { addToGroup, compareGroups, type GroupSums, groupPredictions } from './groups.ts';
import { forEachCustomer, type KnownCustomer, monthOf } from './histories.ts';
import { type NewestFit, readNewestFit } from './newest-fit.ts';
import { type CUSTOMER_FORECAST_PARAMETERS, limitOf, type Prediction } from './parameters.ts';
import { historiesQuery, lastDayQuery } from './queries.ts';
import { comparePredictions, FirstOf, type Scored } from './ranking.ts';
import { createScorer, type Predictions } from './scorer.ts';

type Question = ReportQuestion<typeof CUSTOMER_FORECAST_PARAMETERS>;

/** Places of each prediction: amounts have two. */
const PLACES: Readonly<Record<Prediction, number>> = {
  expected_lifetime_value: 2,
  expected_purchases: 4,
  probability_alive: 4,
  expected_purchase_value: 2,
};

/** Computes the report; throws API_FORECAST_MISSING, API_FORECAST_UNUSABLE, API_CUSTOMER_UNKNOWN. */
export async function computeCustomerForecast(question: Question): Promise<ReportData> {
  const { values, watermark, reader } = question;
  const { by, customer_id: customerId, horizon_days: horizonDays, discount_rate: discountRate } = values;
  const fit = await readNewestFit(reader, watermark, values.model);
  const [days] = await reader.rows(lastDayQuery(watermark));
  const lastDay = days === undefined || days.orders === '0' ? null : dayOf(days.last ?? '');
  const end = values.until === null ? lastDay : dayOf(values.until);
  const [currency] = await reader.kept(reportingCurrencyQuery(watermark));
  const rows = end === null ? [] : await reader.rows(historiesQuery({ watermark, end, customerId, by }));
  const score = createScorer({ ...fit, horizonDays, discountRate });

  const orderBy = values.order_by;
  const direction = values.direction ?? (by !== null && orderBy === null ? 'asc' : 'desc');
  const limit = limitOf(values);
  let texts: JsonText[];
  if (by === null) {
    const first = new FirstOf<ScoredCustomer>(
      limit,
      comparePredictions(orderBy ?? 'expected_lifetime_value', direction),
    );
    await forEachCustomer(rows, { end: end ?? 0, by }, (customer) =>
      first.add({ customerId: customer.customerId, customer, predictions: score(customer.history) }),
    );
    texts = first.sorted().map(customerText);
    if (customerId !== null && texts.length === 0) texts = [await withoutPurchase(question, customerId)];
  } else {
    const groups = new Map<string, GroupSums>();
    await forEachCustomer(rows, { end: end ?? 0, by }, ({ group, history }) =>
      addToGroup(groups, group, score(history)),
    );
    texts = [...groups.values()]
      .sort(compareGroups(orderBy, direction))
      .slice(0, limit)
      .map((sums) => groupText(by, sums));
  }
  const asked = { by, order_by: orderBy ?? by ?? 'expected_lifetime_value', direction, limit };
  const one = { by: null, order_by: null, direction: null, limit: null };
  return {
    text: arrayText(texts),
    rows: texts.length,
    parameters: { ...values, until: end === null ? null : textOf(end as Day), ...(customerId === null ? asked : one) },
    meta: { grain: by ?? 'customer', currency: currency?.currency ?? null, ...describeFit(fit) },
  };
}

interface ScoredCustomer extends Scored {
  readonly customer: KnownCustomer;
}

function customerText({ customerId, customer, predictions }: ScoredCustomer): JsonText {
  const { history, firstDay, spendingUnits } = customer;
  const { frequency, recencyDays, ageDays, spendingPurchases } = history;
  const mean = spendingPurchases === 0 ? null : decimalText(divided(spendingUnits, BigInt(spendingPurchases)), 2);
  return objectText([
    ['customer_id', customerId.toString()],
    ['acquisition_month', jsonText(monthOf(firstDay))],
    ['purchases', String(frequency + 1)],
    ['recency_days', String(recencyDays)],
    ['age_days', String(ageDays)],
    ['mean_purchase_value', numberToken(mean)],
    ...predictionMembers(predictions),
  ]);
}

/** Somebody who is known but has not bought: the models tell nothing of them. */
async function withoutPurchase({ reader, watermark }: Question, customerId: bigint): Promise<JsonText> {
  const [known] = await reader.rows(customerExistsQuery(watermark, customerId));
  if (known === undefined) throw new ApiError(API_ERRORS.customerUnknown, `customer_id ${customerId} is not known`);
  return objectText([
    ['customer_id', customerId.toString()],
    ['acquisition_month', 'null'],
    ['purchases', '0'],
    ['recency_days', 'null'],
    ['age_days', 'null'],
    ['mean_purchase_value', 'null'],
    ...predictionMembers(NOTHING),
  ]);
}

const NOTHING: Predictions = {
  expected_lifetime_value: null,
  expected_purchases: null,
  probability_alive: null,
  expected_purchase_value: null,
};

function groupText(by: string, sums: GroupSums): JsonText {
  const predictions = groupPredictions(sums);
  const valued = sums.customers - sums.withoutValue;
  const perCustomer = valued === 0 ? null : sums.lifetimeValue / valued;
  return objectText([
    [by, jsonText(sums.group)],
    ['customers', String(sums.customers)],
    ['customers_without_value', String(sums.withoutValue)],
    ['expected_active_customers', statisticText(sums.active, 4)],
    ...predictionMembers(predictions),
    ['expected_lifetime_value_per_customer', statisticText(perCustomer, 2)],
  ]);
}

function predictionMembers(predictions: Predictions): [string, JsonText][] {
  return Object.entries(PLACES).map(([name, places]) => [name, statisticText(predictions[name as Prediction], places)]);
}

function describeFit({ buying, spending }: NewestFit): Readonly<Record<string, unknown>> {
  const { correlation: _, ...fit } = buying;
  const { holdout: __, ...spendingFit } = spending ?? {};
  return {
    fit: { ...fit, watermark: BigInt(fit.watermark) },
    spending_fit: spending === null ? null : { ...spendingFit, watermark: BigInt(spending.watermark) },
  };
}
