import type { SourceCheck } from '../../ingest/check/check-source.ts';
import type { Finding, Severity } from '../../ingest/check/finding.ts';
import type { KafkaCheck } from './check-kafka.ts';
import type { WarehouseCheck } from './check-warehouse.ts';

/** Everything that `millrace check` found. */
export interface CheckReport {
  readonly warehouse: WarehouseCheck;
  /** Null with `log: direct`. */
  readonly kafka: KafkaCheck | null;
  readonly sources: readonly SourceCheck[];
}

/** Tables or statements of one cause that are listed; the JSON document has all. */
const MAX_LISTED = 12;

/** How many findings there are of each severity. */
export function countFindings(report: CheckReport): Record<Severity, number> {
  const counts = { error: 0, warning: 0, notice: 0 };
  for (const { findings } of partsOf(report)) {
    for (const { severity } of findings) counts[severity]++;
  }
  return counts;
}

function partsOf({ warehouse, kafka, sources }: CheckReport): readonly { readonly findings: readonly Finding[] }[] {
  return [warehouse, ...(kafka === null ? [] : [kafka]), ...sources];
}

/** The document of `check --json`. */
export function reportDocument(report: CheckReport): object {
  const counts = countFindings(report);
  const ok = (findings: readonly Finding[]): boolean => findings.every(({ severity }) => severity !== 'error');
  return {
    ok: counts.error === 0,
    errors: counts.error,
    warnings: counts.warning,
    notices: counts.notice,
    warehouse: { ok: ok(report.warehouse.findings), ...report.warehouse },
    kafka: report.kafka === null ? null : { ok: ok(report.kafka.findings), ...report.kafka },
    sources: report.sources.map((source) => ({ ok: ok(source.findings), ...source })),
  };
}

/** The same to be read by people: one block per cause, with the SQL that mends it. */
export function reportText(report: CheckReport): string {
  const { warehouse, kafka, sources } = report;
  const blocks = [
    block(
      `warehouse  ${warehouse.at}${warehouse.server === null ? '' : `, ClickHouse ${warehouse.server}`}`,
      warehouse,
    ),
    ...(kafka === null ? [] : [block(`kafka  ${kafkaLine(kafka)}`, kafka)]),
    ...sources.map((source) => block(`source ${source.name}  ${sourceLine(source)}`, source)),
  ];
  const counts = countFindings(report);
  const number = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  const total = `${number(counts.error, 'error')}, ${number(counts.warning, 'warning')}, ${number(counts.notice, 'notice')}`;
  const verdict = counts.error === 0 ? 'Ready' : 'Not ready';
  return `${blocks.join('\n\n')}\n\n${verdict}: ${total}. \`millrace explain CODE\` tells more about a code.\n`;
}

function kafkaLine({ at, server, brokers }: KafkaCheck): string {
  if (server === null) return at;
  return `${at}, Kafka ${server} or newer, ${brokers} ${brokers === 1 ? 'broker' : 'brokers'}`;
}

function sourceLine({ database, server, role, tls, tables }: SourceCheck): string {
  if (database === null) return 'could not be asked';
  const secured = tls === true ? 'TLS' : 'no TLS';
  return `${database}, Postgres ${server}, as ${role}, ${secured}, ${tables} ${tables === 1 ? 'table' : 'tables'}`;
}

function block(title: string, { findings }: { readonly findings: readonly Finding[] }): string {
  if (findings.length === 0) return `${title}\n  ok`;
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const key = `${finding.severity} ${finding.code}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [finding]);
    else group.push(finding);
  }
  return [title, ...[...groups.values()].map(groupText)].join('\n');
}

function groupText(group: readonly Finding[]): string {
  const { severity, code, cause, remedy } = group[0]!;
  const statements = [...new Set(group.flatMap(({ sql }) => (sql === null ? [] : [sql])))];
  return [
    `  ${severity.toUpperCase().padEnd(8)}${code}`,
    `          ${cause}`,
    ...listed(
      group.map(({ table, detail }) => (table === null ? detail : `${table}: ${detail}`)),
      '          - ',
    ),
    `          remedy: ${remedy}`,
    ...listed(statements, '            '),
  ].join('\n');
}

function listed(lines: readonly string[], indent: string): string[] {
  const shown = lines.slice(0, MAX_LISTED).map((line) => `${indent}${line}`);
  if (lines.length > MAX_LISTED) shown.push(`${indent}... and ${lines.length - MAX_LISTED} more (see --json)`);
  return shown;
}
