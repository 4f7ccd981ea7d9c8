import { sleep } from '../../../runtime/abortable.ts';
import type { Logger } from '../../../runtime/logger.ts';
import { type KafkaGroup, REBALANCE_MS, SESSION_MS } from '../client/kafka-group.ts';
import { retryWhilePassing } from '../retry.ts';
import { assignUnits } from './assign-units.ts';

const HEARTBEAT_MS = 1_000;
const RETRY = { firstMs: 100, maxMs: 2_000 };

export interface Assignment {
  readonly generation: number;
  readonly units: readonly string[];
}

/** What a loader has of the work, as long as it lives. */
export interface GroupMember {
  /**
   * Resolves when the signal aborts and the others know that it has left (`left`), or when the brokers had given it up
   * (`lost`): all that it had is another's by now. Rejects with what does not pass by itself.
   */
  run(): Promise<'left' | 'lost'>;
  /** False when the brokers may have given it up. */
  isCurrent(): boolean;
}

/**
 * Keeps a loader in its group. What it has goes on while the members change: only what is taken from it is let go
 * (`onRevoked`), and the rest is never interrupted.
 */
export function createGroupMember(options: {
  group: KafkaGroup;
  /** Everything that there is to be shared out, and the partitions of those that are topics. May grow. */
  units: () => ReadonlyMap<string, number>;
  /** Called with all that the member has, old and new. */
  onAssigned: (assignment: Assignment) => void;
  /** Resolves when nothing more is done for these. */
  onRevoked: (units: readonly string[]) => Promise<void>;
  logger: Logger;
  signal: AbortSignal;
}): GroupMember {
  const { group, units, onAssigned, onRevoked, logger, signal } = options;
  let owned: readonly string[] = [];
  let currentUntilMs = Number.NEGATIVE_INFINITY;
  /** What was shared out by this member; null when another does. */
  let sharedOut: ReadonlySet<string> | null = null;

  async function join(): Promise<'joined' | 'lost'> {
    let all: ReadonlyMap<string, number> = new Map();
    // A member that waits for the others is as good as alive, until they have waited for it in vain.
    if (currentUntilMs > performance.now()) currentUntilMs = performance.now() + REBALANCE_MS - 2 * HEARTBEAT_MS;
    const joined = await retry(() =>
      group.join({
        owned,
        assign(members) {
          all = units();
          const shares = assignUnits(members, [...all.keys()]);
          return new Map(
            [...shares].map(([id, share]) => [id, { units: share, partitions: partitionsOf(share, all) }]),
          );
        },
      }),
    );
    if (joined === 'lost') return 'lost';
    currentUntilMs = performance.now() + SESSION_MS - HEARTBEAT_MS;
    sharedOut = joined.isLeader ? new Set(all.keys()) : null;
    const revoked = owned.filter((unit) => !joined.units.includes(unit));
    owned = joined.units;
    if (revoked.length > 0 && (await letGo(revoked)) === 'lost') return 'lost';
    onAssigned({ generation: joined.generation, units: owned });
    const { generation, memberId } = joined;
    logger.info({ generation, memberId, units: owned.length, revoked: revoked.length }, 'loader: has its part');
    // The others wait for what was let go of.
    return revoked.length > 0 && !signal.aborted ? join() : 'joined';
  }

  /** Answers what the brokers say. From when it was asked on they wait for the next. */
  async function beat(): Promise<'ok' | 'rejoin' | 'lost'> {
    const askedAtMs = performance.now();
    const sign = await group.heartbeat();
    if (sign === 'ok') currentUntilMs = Math.max(currentUntilMs, askedAtMs + SESSION_MS);
    return sign;
  }

  /** The brokers take the member for dead when it lets go of its part too slowly. */
  async function letGo(revoked: readonly string[]): Promise<'done' | 'lost'> {
    const done = onRevoked(revoked).then(() => 'done' as const);
    for (;;) {
      const over = new AbortController();
      const first = await Promise.race([done, sleep(HEARTBEAT_MS, over.signal).then(() => 'late' as const)]);
      over.abort();
      if (first === 'done') return 'done';
      // It writes before it lets go, and may write only while it is a member.
      if ((await beat().catch(() => 'ok')) === 'lost') return 'lost';
    }
  }

  function retry<T>(action: () => Promise<T>): Promise<T> {
    return retryWhilePassing(action, { logger, signal, limits: RETRY });
  }

  function hasGrown(): boolean {
    const before = sharedOut;
    return before !== null && [...units().keys()].some((unit) => !before.has(unit));
  }

  return {
    isCurrent: () => performance.now() < currentUntilMs,
    async run() {
      try {
        while (!signal.aborted) {
          if ((await join()) === 'lost') return 'lost';
          for (let sign = 'ok'; sign === 'ok'; ) {
            await sleep(HEARTBEAT_MS, signal);
            if (signal.aborted || hasGrown()) break;
            sign = await retry(beat);
            if (sign === 'lost') return 'lost';
          }
        }
        return 'left';
      } catch (error) {
        if (!signal.aborted) throw error;
        return 'left';
      } finally {
        currentUntilMs = Number.NEGATIVE_INFINITY;
        await group.leave();
      }
    },
  };
}

function partitionsOf(units: readonly string[], all: ReadonlyMap<string, number>): Record<string, number> {
  const partitions: Record<string, number> = {};
  for (const unit of units) {
    const count = all.get(unit) ?? 0;
    if (count > 0) partitions[unit] = count;
  }
  return partitions;
}
