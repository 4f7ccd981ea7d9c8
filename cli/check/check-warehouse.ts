import type { ClickHouseClient } from '@clickhouse/client';
import { type Finding, finding } from '../../ingest/check/finding.ts';
import { CHECK_FINDINGS } from '../../ingest/check/findings.ts';
import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { wrapError } from '../../warehouse/clickhouse/classify-error.ts';
import { connect, embeddedFolder } from '../../warehouse/clickhouse/connect.ts';
import { WAREHOUSE_DATABASES } from '../../warehouse/clickhouse/databases.ts';
import { quoteIdentifier } from '../../warehouse/clickhouse/quote.ts';
import { EMBEDDED_ERRORS } from '../../warehouse/embedded/errors.ts';
import { locateLibrary } from '../../warehouse/embedded/native-library.ts';

/** What the check of the warehouse found. */
export interface WarehouseCheck {
  /** Its folder or address, without a secret. */
  readonly at: string;
  /** ClickHouse's version; null where it could not be asked. */
  readonly server: string | null;
  readonly findings: readonly Finding[];
}

/** Asks the warehouse for its version and rights. Never rejects: what stands in the way is a finding as well. */
export async function checkWarehouse(config: Config['warehouse'], logger: Logger): Promise<WarehouseCheck> {
  const folder = embeddedFolder(config);
  const at = folder === null ? withoutLogin(config.url) : config.url;
  try {
    if (folder !== null) locateLibrary();
    const client = await connect({ config, role: 'millrace', logger });
    try {
      const result = await client.query({
        query: 'select version() as version, currentUser() as user',
        format: 'JSONEachRow',
      });
      const [row] = await result.json<{ version: string; user: string }>();
      return { at, server: row?.version ?? null, findings: await rightsFindings(client, row?.user ?? '') };
    } finally {
      await client.close();
    }
  } catch (thrown) {
    const error = thrown instanceof MillraceError ? thrown : wrapError(thrown, 'asking for its version');
    if (error.code === EMBEDDED_ERRORS.endpointMissing.code) {
      const detail = 'it is started by `millrace up`';
      return { at, server: null, findings: [finding('notice', CHECK_FINDINGS.warehouseNotRunning, { detail })] };
    }
    return { at, server: null, findings: [findingOf(error)] };
  }
}

/** What loading and modelling do in each database of the warehouse. */
const RIGHTS = 'create database, create table, create view, drop table, drop view, alter, select, insert';

async function rightsFindings(client: ClickHouseClient, user: string): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const database of WAREHOUSE_DATABASES) {
    if (await isGranted(client, `${RIGHTS} on ${database}.*`)) continue;
    const lacking: string[] = [];
    for (const right of RIGHTS.split(', ')) {
      if (!(await isGranted(client, `${right} on ${database}.*`))) lacking.push(right);
    }
    const detail = `${lacking.join(', ')} on ${database}`;
    const sql = `grant ${RIGHTS} on ${database}.* to ${quoteIdentifier(user)};`;
    found.push(finding('error', CHECK_FINDINGS.warehouseRights, { detail, sql }));
  }
  return found;
}

/** The statement answers 1 or 0, and takes no format. */
async function isGranted(client: ClickHouseClient, right: string): Promise<boolean> {
  const { stream } = await client.exec({ query: `check grant ${right}` });
  let answer = '';
  for await (const chunk of stream) answer += String(chunk);
  return answer.trim() === '1';
}

function findingOf({ code, remedy, policy, message }: MillraceError): Finding {
  const definition = { code, remedy, policy, cause: 'the warehouse cannot be used' };
  return finding('error', definition, { detail: message.replace(`${code}: `, '') });
}

function withoutLogin(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
