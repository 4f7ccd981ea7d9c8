import { sleep } from '../../runtime/abortable.ts';
import type { Logger } from '../../runtime/logger.ts';
import { INGEST_ERRORS } from '../errors.ts';
import type { CaptureContext } from './capture-context.ts';
import { codeOf } from './classify-error.ts';
import type { CatalogConnection } from './connection/catalog-connection.ts';
import { slotName } from './identifiers.ts';
import { createWalMeter, readWalFacts, type WalBudget } from './slot/wal-budget.ts';
import { checkSource } from './source-checks.ts';

/** Looks at the publication and the WAL's end; gives an idle database WAL of its own. */
export async function pollSource(
  context: CaptureContext,
  control: CatalogConnection,
  signal: AbortSignal,
): Promise<void> {
  const { source, registry, timing, logger, view } = context;
  let heartbeats = timing.heartbeatMs > 0;
  let lastHeartbeat = performance.now();
  const meter = createWalMeter({ budgetBytes: source.walBudgetBytes ?? null });
  while (!signal.aborted) {
    await sleep(timing.pollMs, signal);
    if (signal.aborted) return;
    await checkSource(control, source.name);
    await registry.refresh(control);
    if (heartbeats && performance.now() - lastHeartbeat >= timing.heartbeatMs) {
      lastHeartbeat = performance.now();
      heartbeats = await heartbeat(control, logger);
    }
    const facts = await readWalFacts(control, slotName(source.name));
    if (facts === null) continue;
    if (facts.walEndLsn > view.headLsn) view.headLsn = facts.walEndLsn;
    const wal = meter(facts);
    if (wal.level !== (view.wal?.level ?? 'ok')) logWal(logger, wal);
    view.wal = wal;
  }
}

function logWal(logger: Logger, wal: WalBudget): void {
  const { level, retainedBytes, limitBytes, bytesPerSecond, secondsLeft } = wal;
  const facts = { level, retainedBytes, limitBytes, bytesPerSecond, secondsLeft };
  if (level === 'ok') logger.info(facts, 'the slot keeps little WAL again');
  else
    logger.warn({ code: INGEST_ERRORS.walRunningOut.code, ...facts }, 'the WAL that the slot may keep is running out');
}

/** A logical message needs no rights on tables. False when the role may not write one: keepalives do without. */
async function heartbeat(control: CatalogConnection, logger: Logger): Promise<boolean> {
  try {
    await control.query("select pg_logical_emit_message(false, 'millrace', '')");
    return true;
  } catch (error) {
    const code = codeOf(error);
    // Not allowed, or a server that takes no writes.
    if (code !== '42501' && code !== '25006') throw error;
    logger.info({ sqlstate: code }, 'no heartbeats: the role may not write logical messages');
    return false;
  }
}
