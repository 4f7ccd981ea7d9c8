import { describe, expect, it } from 'vitest';
import type { CaptureState } from '../../../changelog/change-log.ts';
import { EMPTY_TABLE } from '../snapshot/snapshot-book.ts';
import { CaptureMemory } from './capture-memory.ts';

function memoryWith(state: CaptureState | null = null): { memory: CaptureMemory; saved: CaptureState[] } {
  const saved: CaptureState[] = [];
  const memory = new CaptureMemory({
    state,
    async saveState(next) {
      saved.push(structuredClone(next));
    },
  });
  return { memory, saved };
}

const MIB = 1n << 20n;
const noError = (error: unknown): void => {
  throw error;
};

describe('CaptureMemory', () => {
  it('confirms only up to what is written down, and writes further ahead in time', async () => {
    const { memory, saved } = memoryWith();
    await memory.start({ systemId: '1', timeline: 1 }, 100n);
    expect(memory.confirmable(200n, noError)).toBe(200n);
    expect(saved).toHaveLength(1);
    const far = 100n + 500n * MIB;
    expect(memory.confirmable(far, noError)).toBe(100n + 64n * MIB);
    await memory.save();
    expect(memory.confirmable(far, noError)).toBe(far);
    expect(memory.known).toMatchObject({ systemId: '1', confirmLimitLsn: far + 64n * MIB });
  });

  it('remembers exactly what was confirmed after a clean stop', async () => {
    const { memory, saved } = memoryWith();
    await memory.start({ systemId: '1', timeline: 1 }, 100n);
    memory.setConsistent(150n);
    await memory.close(170n);
    const again = memoryWith(saved.at(-1) ?? null).memory;
    expect(again.known).toMatchObject({ systemId: '1', confirmLimitLsn: 170n });
    expect(again.consistentLsn).toBe(150n);
  });

  it('writes tables only when one was set, and never two states at once', async () => {
    const { memory, saved } = memoryWith();
    await memory.start({ systemId: '1', timeline: 1 }, 100n);
    await memory.saveTables();
    expect(saved).toHaveLength(1);
    memory.setTable('public.t', { ...EMPTY_TABLE, oid: 1, membership: 0 });
    await Promise.all([memory.saveTables(), memory.save(), memory.save()]);
    expect(saved).toHaveLength(3);
    expect(saved.at(-1)?.snapshot).toMatchObject({ tables: { 'public.t': { oid: 1 } } });
    await memory.saveTables();
    expect(saved).toHaveLength(3);
  });

  it('leaves a resync that is asked for to the next opening of the log', async () => {
    const { memory, saved } = memoryWith();
    await memory.start({ systemId: '1', timeline: 1 }, 100n);
    await memory.requestResync('INGEST_SLOT_MISSING');
    // A connection that is lost meanwhile must not begin the new epoch on positions of the former one.
    expect(memory.known?.resync).toBeNull();
    const next = memoryWith(saved.at(-1) ?? null);
    expect(next.memory.known?.resync).toBe('INGEST_SLOT_MISSING');
    await next.memory.restart({ systemId: '1', timeline: 1 }, 200n);
    expect(next.memory.known?.resync).toBeNull();
    expect(memoryWith(next.saved.at(-1) ?? null).memory.known?.resync).toBeNull();
  });

  it('refuses a state that it cannot read', () => {
    const state = { epoch: 1, snapshotLsn: 1n, consistentLsn: null, snapshot: { format: 99 } };
    expect(() => memoryWith(state)).toThrow(expect.objectContaining({ code: 'INGEST_STATE_UNREADABLE' }));
  });
});
