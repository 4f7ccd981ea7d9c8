import type { IncomingHttpHeaders } from 'node:http';
import type { ClickHouseClient } from '@clickhouse/client';
import type { AccessRules } from '../../runtime/config/access.ts';
import type { Logger } from '../../runtime/logger.ts';
import { writeAuditRows } from '../../warehouse/access/audit-log.ts';
import { ensureAccessBookkeeping } from '../../warehouse/access/bookkeeping.ts';
import type { ApiMetrics } from '../metrics.ts';
import { type AuditQueue, createAuditQueue } from './audit-queue.ts';
import { authenticate } from './authenticate.ts';
import type { Caller } from './caller.ts';
import { createKeyRing } from './key-ring.ts';
import { createRateLimits, type RateLimits } from './rate-limit.ts';
import { createTokenVerifier } from './verify-token.ts';

/** Who may ask, how often, and what is written of it. */
export interface Access {
  /** Throws as `authenticate` does. */
  authenticate(headers: IncomingHttpHeaders): Promise<Caller>;
  readonly limits: RateLimits;
  readonly audit: AuditQueue;
  readonly openMetrics: boolean;
}

export interface AccessOptions {
  readonly rules: AccessRules;
  /** Logged in as a user that may write to `millrace.audit_log`. Closing it is up to the caller. */
  readonly writer: ClickHouseClient;
}

export function openAccess(
  options: AccessOptions & { client: ClickHouseClient; logger: Logger; metrics: ApiMetrics },
): Access {
  const { rules, writer, client, logger, metrics } = options;
  const keys = rules.keys ? createKeyRing(client) : null;
  const tokens = rules.jwt === null ? null : createTokenVerifier(rules.jwt);
  let areTablesThere = false;
  return {
    authenticate: (headers) => authenticate(headers, { keys, tokens }),
    openMetrics: rules.openMetrics,
    limits: createRateLimits(),
    audit: createAuditQueue({
      async write(rows) {
        if (rules.audit === 'log') {
          for (const row of rows) logger.info({ audit: row }, 'asked');
          return;
        }
        // Not at the start, when the warehouse need not answer yet.
        if (!areTablesThere) await ensureAccessBookkeeping(writer);
        areTablesThere = true;
        await writeAuditRows(writer, rows);
      },
      onLost: (reason, rows) => metrics.auditLost.inc({ reason }, rows),
      logger,
    }),
  };
}
