import { describe, expect, it } from 'vitest';
import type { Finding } from '../../ingest/check/finding.ts';
import { reportDocument, reportText } from './check-report.ts';

const finding = (more: Partial<Finding>): Finding => ({
  severity: 'error',
  code: 'CHECK_X',
  cause: 'a cause',
  remedy: 'a remedy',
  table: null,
  detail: 'a detail',
  sql: null,
  ...more,
});

const source = { name: 'shop', database: 'shop_db', server: '18.4', role: 'reader', tls: true, tables: 2 };
const warehouse = { at: 'http://db:8123/', server: '26.7', findings: [] };

describe('reportText', () => {
  it('tells each cause once, with what it concerns and the SQL that mends it', () => {
    const findings = [
      finding({ table: 'public.a', sql: 'alter table a;' }),
      finding({ table: 'public.b', sql: 'alter table b;' }),
      finding({ severity: 'notice', code: 'CHECK_Y' }),
    ];
    expect(
      reportText({ warehouse, kafka: null, sources: [{ ...source, findings }] }),
    ).toBe(`warehouse  http://db:8123/, ClickHouse 26.7
  ok

source shop  shop_db, Postgres 18.4, as reader, TLS, 2 tables
  ERROR   CHECK_X
          a cause
          - public.a: a detail
          - public.b: a detail
          remedy: a remedy
            alter table a;
            alter table b;
  NOTICE  CHECK_Y
          a cause
          - a detail
          remedy: a remedy

Not ready: 2 errors, 0 warnings, 1 notice. \`millrace explain CODE\` tells more about a code.
`);
  });

  it('lists a few of many; the document has all', () => {
    const findings = Array.from({ length: 40 }, (_, n) => finding({ severity: 'warning', table: `public.t${n}` }));
    const report = { warehouse, kafka: null, sources: [{ ...source, findings }] };
    expect(reportText(report)).toContain('... and 28 more (see --json)');
    expect(reportDocument(report)).toMatchObject({ ok: true, warnings: 40, sources: [{ ok: true, findings }] });
  });

  it('has the brokers where there are any', () => {
    const kafka = { at: 'a:9092, b:9092', server: '4.0', brokers: 2, findings: [finding({ table: 'shop.t' })] };
    const report = { warehouse, kafka, sources: [] };
    expect(reportText(report)).toContain(`kafka  a:9092, b:9092, Kafka 4.0 or newer, 2 brokers
  ERROR   CHECK_X
          a cause
          - shop.t: a detail`);
    expect(reportDocument(report)).toMatchObject({ ok: false, errors: 1, kafka: { ok: false, brokers: 2 } });
  });
});
