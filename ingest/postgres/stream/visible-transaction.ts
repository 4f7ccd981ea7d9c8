import { NEVER, sleep } from '../../../runtime/abortable.ts';
import type { CatalogQueries } from '../connection/catalog-connection.ts';

/**
 * Resolves when a streamed transaction is seen by whoever asks the source from now on. The stream brings it as soon as its
 * commit record is written; others see it a moment later, or only when a synchronous standby has confirmed it. `xid`: 32 bits,
 * as a Begin message has it. Rejects when the connection ends meanwhile.
 */
export type UntilVisible = (xid: number) => Promise<void>;

const FIRST_PAUSE_MS = 1;
const LONGEST_PAUSE_MS = 100;

export function createUntilVisible(control: CatalogQueries): UntilVisible {
  let lastVisible: number | null = null;
  return async (xid) => {
    if (xid === lastVisible) return;
    const { rows } = await control.query<{ xmax: string }>(
      'select pg_snapshot_xmax(pg_current_snapshot())::text as xmax',
    );
    const full = nearestXid8(xid, BigInt(rows[0]?.xmax ?? '0'));
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const { rows } = await control.query<{ visible: boolean }>(
        'select pg_visible_in_snapshot($1::xid8, pg_current_snapshot()) as visible',
        [full.toString()],
      );
      if (rows[0]?.visible === true) {
        lastVisible = xid;
        return;
      }
      await sleep(pauseMs, NEVER);
    }
  };
}

/** The xid8 with these low 32 bits that is nearest to another one. */
export function nearestXid8(xid: number, near: bigint): bigint {
  return near + BigInt.asIntN(32, BigInt(xid) - near);
}
