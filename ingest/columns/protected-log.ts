import type { Relation, Tuple } from '../../changelog/change.ts';
import type { SnapshotChunk, SourceLog } from '../../changelog/change-log.ts';
import type { ColumnPlan, ColumnRules } from './column-plan.ts';
import { createTupleProtector } from './protect-tuple.ts';

/**
 * A source's log behind the rules of its columns: what is left out, masked or hashed never reaches `log`, neither from
 * the stream nor from the snapshot. Tables and rows that no rule concerns pass as they are.
 */
export function protectLog(log: SourceLog, rules: ColumnRules, hashKey: string): SourceLog {
  if (rules.isEmpty) return log;
  const plans = new WeakMap<Relation, ColumnPlan>();
  const stream = createTupleProtector(hashKey);
  let lastRelation: Relation | null = null;
  let lastPlan: ColumnPlan | null = null;

  function planOf(relation: Relation): ColumnPlan {
    if (relation === lastRelation && lastPlan !== null) return lastPlan;
    let plan = plans.get(relation);
    if (plan === undefined) {
      plan = rules.planFor(relation);
      plans.set(relation, plan);
    }
    lastRelation = relation;
    lastPlan = plan;
    return plan;
  }

  return {
    get state() {
      return log.state;
    },
    saveState: (state) => log.saveState(state),
    async defineRelation(relation) {
      await log.defineRelation(planOf(relation).relation);
    },
    get onTableFailure() {
      return log.onTableFailure;
    },
    set onTableFailure(handler) {
      log.onTableFailure = handler;
    },
    begin: (commitLsn, commitTimeMicros, transactionId) => log.begin(commitLsn, commitTimeMicros, transactionId),
    insert(relation, row) {
      const plan = planOf(relation);
      log.insert(plan.relation, plan.changesRows ? stream.row(plan, row) : row);
    },
    update(relation, oldKey, row) {
      const plan = planOf(relation);
      if (!plan.changesRows) {
        log.update(plan.relation, oldKey, row);
      } else if (oldKey === null) {
        log.update(plan.relation, null, stream.row(plan, row));
      } else {
        const pair = stream.pair(plan, oldKey, row);
        log.update(plan.relation, pair.old, pair.row);
      }
    },
    delete(relation, oldKey) {
      const plan = planOf(relation);
      log.delete(plan.relation, plan.changesRows ? stream.row(plan, oldKey) : oldKey);
    },
    truncate: (relations) => log.truncate(relations.map((relation) => planOf(relation).relation)),
    commit: (endLsn) => log.commit(endLsn),
    advance: (lsn, timeMicros) => log.advance(lsn, timeMicros),
    room: () => log.room(),
    durableLsn: () => log.durableLsn(),
    failed: log.failed,
    ...(log.reachedLsn === undefined ? {} : { reachedLsn: log.reachedLsn }),
    // These reject, as defineRelation does, when a rule cannot be kept for the table.
    rebuild: async (relation, build) => log.rebuild(planOf(relation).relation, build),
    exchange: async (relation, build, fromLsn) => log.exchange(planOf(relation).relation, build, fromLsn),
    openChunk(relation, fromLsn) {
      const plan = planOf(relation);
      const chunk = log.openChunk(plan.relation, fromLsn);
      return plan.changesRows ? protectChunk(chunk, plan, hashKey) : chunk;
    },
  };
}

/** A chunk has tuples of its own: chunks are filled side by side. It takes no lines: their values are to be changed. */
function protectChunk(chunk: SnapshotChunk, plan: ColumnPlan, hashKey: string): SnapshotChunk {
  const tuples = createTupleProtector(hashKey);
  return {
    row: (row: Tuple) => chunk.row(tuples.row(plan, row)),
    room: () => chunk.room(),
    done: () => chunk.done(),
    abandon: () => chunk.abandon(),
  };
}
