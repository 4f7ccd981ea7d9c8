import { GRAINS } from '../calendar.ts';
import type { Breakdown } from './breakdown.ts';

/** JSON Schema of a row: all that it may have, for several breakdowns where a report answers with one or the other. */
export function breakdownRowSchema(...breakdowns: readonly Breakdown[]): object {
  const fields = breakdowns.flatMap(({ dimensions }) =>
    Object.entries(dimensions).flatMap(([by, dimension]) =>
      dimension.fields.map(({ name, kind, description }) => [
        name,
        { type: kind === 'integer' ? 'integer' : 'string', description: `by=${by}: ${description}` },
      ]),
    ),
  );
  const measures = breakdowns.flatMap((each) =>
    Object.entries(each.measures).map(([name, { schema }]) => [name, schema]),
  );
  return {
    type: 'object',
    properties: {
      period: { type: 'string', format: 'date', description: 'with grain: first day of the period' },
      ...Object.fromEntries([...fields, ...measures]),
    },
    additionalProperties: false,
  };
}

const DAY = { type: ['string', 'null'], format: 'date' };

export const BREAKDOWN_META = {
  grain: { enum: [...GRAINS, null], description: 'Length of a period; null: the range as a whole.' },
  range: {
    type: 'object',
    required: ['from', 'to', 'bounds', 'time_zone'],
    properties: {
      from: { ...DAY, description: 'null: from the beginning' },
      to: { ...DAY, description: 'null: to the end' },
      bounds: { type: 'string' },
      time_zone: { type: 'string' },
    },
  },
  partial_periods: {
    type: 'array',
    items: { type: 'string', format: 'date' },
    description: 'First days of the periods that `from` or `to` cuts: they count the days asked for only.',
  },
};
