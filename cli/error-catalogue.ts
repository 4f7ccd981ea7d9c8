import { API_ERRORS } from '../api/errors.ts';
import { KAFKA_ERRORS } from '../changelog/kafka/errors.ts';
import { DEMO_ERRORS } from '../demo/errors.ts';
import { CHECK_FINDINGS } from '../ingest/check/findings.ts';
import { DEBEZIUM_ERRORS } from '../ingest/debezium/errors.ts';
import { INGEST_ERRORS } from '../ingest/errors.ts';
import { CONFIG_ERRORS } from '../runtime/config/errors.ts';
import type { ErrorDefinition } from '../runtime/errors.ts';
import { CLICKHOUSE_ERRORS } from '../warehouse/clickhouse/errors.ts';
import { EMBEDDED_ERRORS } from '../warehouse/embedded/errors.ts';
import { FORECAST_ERRORS } from '../warehouse/forecasts/errors.ts';
import { LEASE_ERRORS } from '../warehouse/leases/errors.ts';
import { LOAD_ERRORS } from '../warehouse/load/errors.ts';
import { TEST_ERRORS } from '../warehouse/models/data-tests/errors.ts';
import { MODEL_ERRORS } from '../warehouse/models/errors.ts';
import { LINEAGE_ERRORS } from '../warehouse/models/lineage/errors.ts';
import { ROLLOUT_ERRORS } from '../warehouse/models/rollouts/errors.ts';
import { PUBLISHED_ERRORS } from '../warehouse/published/errors.ts';
import { SCHEDULE_ERRORS } from '../warehouse/schedules/errors.ts';
import { VERIFY_ERRORS } from '../warehouse/verify/errors.ts';
import { CLI_ERRORS } from './errors.ts';

/** The codes of one part, as a chapter of the catalogue. */
export interface ErrorChapter {
  readonly title: string;
  readonly errors: readonly ErrorDefinition[];
}

/** Every code that Millrace reports anywhere: log, status, API, rejected rows, `check`. One object per folder. */
export const ERROR_CATALOGUE: readonly ErrorChapter[] = [
  { title: 'Capture', errors: Object.values(INGEST_ERRORS) },
  { title: 'Topics of a Debezium', errors: Object.values(DEBEZIUM_ERRORS) },
  { title: 'Findings of `millrace check`', errors: Object.values(CHECK_FINDINGS) },
  { title: 'Kafka', errors: Object.values(KAFKA_ERRORS) },
  { title: 'Loading', errors: Object.values(LOAD_ERRORS) },
  { title: 'Models', errors: Object.values(MODEL_ERRORS) },
  { title: 'Versions of models', errors: Object.values(ROLLOUT_ERRORS) },
  { title: 'Lineage and docs of models', errors: Object.values(LINEAGE_ERRORS) },
  { title: 'Tests of models', errors: Object.values(TEST_ERRORS) },
  { title: 'Published states', errors: Object.values(PUBLISHED_ERRORS) },
  { title: 'Schedules and leases', errors: [...Object.values(SCHEDULE_ERRORS), ...Object.values(LEASE_ERRORS)] },
  { title: 'Forecasts', errors: Object.values(FORECAST_ERRORS) },
  { title: 'Verification', errors: Object.values(VERIFY_ERRORS) },
  { title: 'Warehouse', errors: Object.values(CLICKHOUSE_ERRORS) },
  { title: 'Embedded warehouse', errors: Object.values(EMBEDDED_ERRORS) },
  { title: 'API', errors: Object.values(API_ERRORS) },
  { title: 'Configuration', errors: Object.values(CONFIG_ERRORS) },
  { title: 'Command', errors: Object.values(CLI_ERRORS) },
  { title: 'Demo', errors: Object.values(DEMO_ERRORS) },
];

export const POLICY_MEANING: Readonly<Record<ErrorDefinition['policy'], string>> = {
  retry: 'tried again by itself',
  operator: 'waits for an operator',
  fatal: 'ends the process',
};

/** The page of codes in the docs, as `docs/errors.md` has it. */
export function catalogueMarkdown(catalogue: readonly ErrorChapter[]): string {
  const meanings = Object.entries(POLICY_MEANING).map(([policy, meaning]) => `**${policy}**: ${meaning}`);
  const lines = [
    '# Codes',
    '',
    'Whatever goes wrong has a code. The same text: `millrace explain CODE`. This page is generated from the catalogues',
    '(`millrace explain --page > docs/errors.md`), one `errors.ts` per folder.',
    '',
    `Policy: ${meanings.join('; ')}.`,
  ];
  for (const { title, errors } of catalogue) {
    lines.push('', `## ${title}`, '', '| code | policy | cause | remedy |', '|---|---|---|---|');
    for (const { code, policy, cause, remedy } of errors) {
      lines.push(`| \`${code}\` | ${policy} | ${cell(cause)} | ${cell(remedy)} |`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
