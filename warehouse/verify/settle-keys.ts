import type { ClickHouseClient } from '@clickhouse/client';
import type { SourceRows, SourceTable } from '../../changelog/source-rows.ts';
import { sleep } from '../../runtime/abortable.ts';
import type { ComparedReplica } from './compared-replica.ts';
import { type Differing, describeDifferences } from './describe-differences.ts';
import { fillKeys, type Key, lookAtKeys } from './look.ts';
import type { Pace } from './pace.ts';
import { repairRows } from './repair-rows.ts';
import { type Example, MAX_EXAMPLES } from './result.ts';
import type { ScratchTable } from './scratch-table.ts';
import type { SettledFence } from './settled-fence.ts';

/** Looks at one key at most, with growing pauses between them: about half a minute. */
const MOST_LOOKS = 25;
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;

export interface Settled {
  readonly differing: number;
  readonly repaired: number;
  /** Rows that changed at every look, or of which it cannot be told whether the source has them. */
  readonly undecided: number;
  readonly examples: readonly Example[];
}

export interface SettleOptions {
  readonly client: ClickHouseClient;
  readonly source: SourceRows;
  readonly table: SourceTable;
  readonly replica: ComparedReplica;
  readonly scratch: { readonly rows: ScratchTable; readonly keys: ScratchTable };
  readonly fence: SettledFence;
  readonly repair: boolean;
  readonly showValues: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
}

/** Looks at keys until each is known to be equal or to differ; repairs what differs, and looks at that again. */
export async function settleKeys(options: SettleOptions & { readonly keys: readonly Key[] }): Promise<Settled> {
  const { client, replica, scratch, repair, showValues, pace, signal } = options;
  let keys = options.keys;
  const differing = new Set<string>();
  const mended = new Set<string>();
  const repaired = new Set<string>();
  const examples: Example[] = [];
  let pauseMs = FIRST_PAUSE_MS;
  for (let looks = 0; keys.length > 0 && looks < MOST_LOOKS; looks++) {
    if (looks > 0) {
      await sleep(pauseMs, signal);
      signal.throwIfAborted();
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
    const again = await pace.work(async () => {
      const look = await lookAtKeys({ ...options, keys });
      const found: Differing[] = [];
      const waiting: Key[] = [];
      for (const { key, judgement, newestVersion } of look.judged) {
        const at = JSON.stringify(key);
        if (judgement === 'equal') {
          if (mended.has(at)) repaired.add(at);
        } else if (judgement === 'moved' || look.floors.settled === null) {
          waiting.push(key);
        } else {
          found.push({ key, kind: judgement, newestVersion });
        }
      }
      const fresh = found.filter(({ key }) => !differing.has(JSON.stringify(key)));
      if (found.length > 0) {
        await fillKeys(
          client,
          replica,
          scratch.keys,
          found.map(({ key }) => key),
        );
        const named = fresh.slice(0, MAX_EXAMPLES - examples.length);
        examples.push(...(await describeDifferences({ ...options, ...scratch, differing: named, showValues })));
        if (repair) await repairRows({ client, replica, differing: found, ...scratch, floors: look.floors });
      }
      for (const { key } of found) {
        differing.add(JSON.stringify(key));
        mended.add(JSON.stringify(key));
      }
      return [...waiting, ...(repair ? found.map(({ key }) => key) : [])];
    });
    keys = again;
  }
  const undecided = keys.filter((key) => !differing.has(JSON.stringify(key))).length;
  return { differing: differing.size, repaired: repaired.size, undecided, examples };
}
