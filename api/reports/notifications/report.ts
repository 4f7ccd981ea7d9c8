import { choices, identifiers, texts } from '../../parameters/parameter.ts';
import type { ParameterValues } from '../../parameters/read-parameters.ts';
import { breakdownAnswer } from '../breakdown/breakdown-answer.ts';
import { breakdownQuery } from '../breakdown/breakdown-query.ts';
import { BREAKDOWN_META, breakdownRowSchema } from '../breakdown/breakdown-schema.ts';
import { isOneOf } from '../breakdown/named.ts';
import { breakdownParameters, wrongBreakdownRange } from '../breakdown/parameters.ts';
import { META_EXAMPLE } from '../meta-schema.ts';
import type { Report } from '../report.ts';
import { CHANNEL, NOTIFICATIONS, STATUS } from './notification-breakdown.ts';

const STATUSES = ['not sent', 'queued', 'sent', 'delivered', 'bounced'] as const;

const PARAMETERS = {
  ...breakdownParameters({
    dimensions: Object.keys(NOTIFICATIONS.dimensions),
    measures: Object.keys(NOTIFICATIONS.measures),
    day: 'creation',
  }),
  channel: texts('Only these channels. Several are alternatives.'),
  template_id: identifiers('Only these templates; 0 is none. Several are alternatives.'),
  status: choices(STATUSES, 'Only notifications whose last attempt is in these states. Default: all.'),
};

function conditions({ channel, template_id, status }: ParameterValues<typeof PARAMETERS>): string[] {
  return [
    ...isOneOf('channels', CHANNEL, channel),
    ...(template_id.length > 0 ? ['has({templates:Array(Int64)}, f.template_id)'] : []),
    ...(status.length < STATUSES.length ? isOneOf('statuses', STATUS, status) : []),
  ];
}

export const notifications: Report<typeof PARAMETERS> = {
  path: '/v1/reports/notifications',
  name: 'notifications',
  summary: 'How channels and templates of notifications perform',
  description:
    'Notifications by the day of their creation, and what became of them up to now. Whether one was opened is not in the answer, since ' +
    'no source records it. A row for each combination that occurs.',
  parameters: PARAMETERS,
  alsoWrong: wrongBreakdownRange,
  rowSchema: breakdownRowSchema(NOTIFICATIONS),
  metaProperties: BREAKDOWN_META,
  example: {
    data: [
      {
        period: '2026-01-01',
        channel: 'email',
        notifications: 510,
        sent: 505,
        delivered: 490,
        failed: 10,
        pending: 10,
        attempts: 560,
        bounces: 31,
        delivery_rate: 0.9703,
        failure_rate: 0.0198,
        bounce_rate: 0.0554,
        attempts_per_notification: 1.1089,
        average_delivery_ms: 2114,
        p50_delivery_ms: 1400,
        p90_delivery_ms: 4100,
        p99_delivery_ms: 9020,
      },
    ],
    meta: {
      report: 'notifications',
      ...META_EXAMPLE,
      rows: 1,
      grain: 'month',
      range: { from: '2026-01-01', to: '2026-01-31', bounds: 'both days included', time_zone: 'UTC' },
      partial_periods: [],
      parameters: { from: '2026-01-01', to: '2026-01-31', grain: 'month', by: ['channel'] },
    },
  },
  problemStatuses: [422],
  async compute({ values, watermark, reader, settings: { maxRows } }) {
    const rows = await reader.rows(
      breakdownQuery({
        breakdown: NOTIFICATIONS,
        values,
        filters: conditions(values).map((sql) => ({ sql })),
        parameters: { channels: values.channel, templates: values.template_id, statuses: values.status },
        watermark,
        maxRows: maxRows + 1,
      }),
    );
    return breakdownAnswer({ breakdown: NOTIFICATIONS, values, rows, maxRows });
  },
};
