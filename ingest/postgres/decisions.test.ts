import { describe, expect, it } from 'vitest';
import { FIELD_NULL } from '../../changelog/change.ts';
import { createTuple } from '../../changelog/tuple.ts';
import { definitionFor } from './classify-error.ts';
import { reconnectDelayMs } from './connection/reconnect-delay.ts';
import { createSlotCommand, decideSlot, type SlotRow, switchLsnOf } from './slot/slot.ts';
import { readCopyLine } from './snapshot/copy-line.ts';
import { addRange, EMPTY_TABLE, missingRanges } from './snapshot/snapshot-book.ts';
import { mayAdvance, statusIsDue, statusUpdate } from './stream/status-update.ts';
import { isSilent } from './stream/watchdog.ts';
import { exclusionOf } from './tables/table-decision.ts';
import { createTableFilter } from './tables/table-filter.ts';

describe('statusIsDue', () => {
  const quiet = { durableLsn: 10n, sentLsn: 10n, sentMs: 110, nowMs: 190, intervalMs: 100, replyRequested: false };
  it('is due when there is news, when asked, and when it is time', () => {
    expect(statusIsDue(quiet)).toBe(false);
    expect(statusIsDue({ ...quiet, durableLsn: 11n })).toBe(true);
    expect(statusIsDue({ ...quiet, replyRequested: true })).toBe(true);
    expect(statusIsDue({ ...quiet, nowMs: 200 })).toBe(true);
  });
});

describe('statusUpdate', () => {
  it('says exactly the durable position three times', () => {
    const message = statusUpdate(0x16_b374_d848n, 946_684_800_001, true);
    expect(message[0]).toBe(0x72);
    for (const at of [1, 9, 17]) expect(message.readBigUInt64BE(at)).toBe(0x16_b374_d848n);
    expect(message.readBigInt64BE(25)).toBe(1000n);
    expect(message[33]).toBe(1);
  });
});

describe('mayAdvance', () => {
  const idle = { inTransaction: false, isOpen: false, handedEndLsn: 10n, durableLsn: 10n, walEndLsn: 20n };
  it('passes the WAL end on only when nothing is in flight', () => {
    expect(mayAdvance(idle)).toBe(true);
    expect(mayAdvance({ ...idle, inTransaction: true })).toBe(false);
    expect(mayAdvance({ ...idle, isOpen: true })).toBe(false);
    expect(mayAdvance({ ...idle, durableLsn: 9n })).toBe(false);
    expect(mayAdvance({ ...idle, walEndLsn: 10n })).toBe(false);
  });
});

describe('isSilent', () => {
  it('does not count time in which we were not reading', () => {
    expect(isSilent({ now: 200, lastInbound: 50, paused: false, limitMs: 100 })).toBe(true);
    expect(isSilent({ now: 200, lastInbound: 50, paused: true, limitMs: 100 })).toBe(false);
    expect(isSilent({ now: 200, lastInbound: 150, paused: false, limitMs: 100 })).toBe(false);
  });
});

describe('reconnectDelayMs', () => {
  it('doubles to a limit, with jitter down to half', () => {
    const limits = { firstMs: 100, maxMs: 1000 };
    expect(reconnectDelayMs(1, limits, 0)).toBe(50);
    expect(reconnectDelayMs(1, limits, 0.999)).toBe(100);
    expect(reconnectDelayMs(3, limits, 0)).toBe(200);
    expect(reconnectDelayMs(50, limits, 0)).toBe(500);
  });
});

describe('decideSlot', () => {
  const slot: SlotRow = {
    database: 'db',
    plugin: 'pgoutput',
    active: false,
    activePid: null,
    walStatus: 'reserved',
    invalidationReason: null,
    confirmedLsn: 50n,
    isFailover: false,
  };
  const known = { systemId: '1', confirmLimitLsn: 60n, resync: null };
  const system = { systemId: '1', timeline: 1, walEndLsn: 100n };
  const facts = { slot, name: 's', database: 'db', system, switchLsn: null, heldLsn: 50n, known };
  it('creates, takes over and uses', () => {
    expect(decideSlot({ ...facts, slot: null, known: null })).toBe('create');
    expect(decideSlot({ ...facts, known: null })).toBe('adopt');
    expect(decideSlot(facts)).toBe('use');
    expect(decideSlot({ ...facts, heldLsn: 100n, switchLsn: 100n })).toBe('use');
  });
  it('begins anew through another slot when that was asked for, whatever became of this one', () => {
    const asked = { ...known, resync: '' };
    for (const over of [{}, { slot: null }, { system: { ...system, systemId: '2' } }, { heldLsn: 1000n }]) {
      expect(decideSlot({ ...facts, ...over, known: asked })).toBe('recreate');
    }
    const foreign = { ...slot, plugin: 'wal2json' };
    expect(() => decideSlot({ ...facts, slot: foreign, known: asked })).toThrow('INGEST_SLOT_FOREIGN');
  });
  it.each([
    ['INGEST_SLOT_MISSING', { slot: null }],
    ['INGEST_SLOT_WAL_REMOVED', { slot: { ...slot, walStatus: 'lost' } }],
    ['INGEST_SLOT_WAL_REMOVED', { slot: { ...slot, invalidationReason: 'wal_removed' } }],
    ['INGEST_SLOT_ROWS_REMOVED', { slot: { ...slot, invalidationReason: 'rows_removed' } }],
    ['INGEST_SLOT_WAL_LEVEL_LOWERED', { slot: { ...slot, invalidationReason: 'wal_level_insufficient' } }],
    ['INGEST_SLOT_IDLE_TIMEOUT', { slot: { ...slot, invalidationReason: 'idle_timeout' } }],
    ['INGEST_SLOT_INVALIDATED', { slot: { ...slot, invalidationReason: 'of Postgres 23' } }],
    ['INGEST_SLOT_BEHIND', { heldLsn: 101n }],
    ['INGEST_SLOT_BEHIND', { heldLsn: 90n, switchLsn: 80n }],
    ['INGEST_SLOT_FOREIGN', { slot: { ...slot, plugin: 'wal2json' } }],
    ['INGEST_SLOT_FOREIGN', { slot: { ...slot, database: 'other' } }],
    ['INGEST_SLOT_RECREATED', { slot: { ...slot, confirmedLsn: 61n } }],
    ['INGEST_SOURCE_REPLACED', { system: { ...system, systemId: '2' } }],
  ])('throws %s when it is the case', (code, over) => {
    expect(() => decideSlot({ ...facts, ...over })).toThrow(expect.objectContaining({ code }));
  });
});

describe('switchLsnOf', () => {
  it('finds where a timeline was left, also several promotions ago', () => {
    const history = '1\t0/3000158\tno recovery target specified\n\n2\t1/4000000\tbefore 2026-11-21\n';
    expect(switchLsnOf(history, 1)).toBe(0x3000158n);
    expect(switchLsnOf(history, 2)).toBe(0x1_0400_0000n);
    expect(switchLsnOf(history, 3)).toBeNull();
    expect(switchLsnOf('', 1)).toBeNull();
  });
});

describe('createSlotCommand', () => {
  it('speaks to each major as it understands', () => {
    const command = (serverVersion: number, failover: boolean) =>
      createSlotCommand({ name: 'a"b', serverVersion, failover });
    expect(command(140_023, true)).toBe('CREATE_REPLICATION_SLOT "a""b" LOGICAL pgoutput NOEXPORT_SNAPSHOT');
    expect(command(160_000, true)).toBe(`CREATE_REPLICATION_SLOT "a""b" LOGICAL pgoutput (SNAPSHOT 'nothing')`);
    expect(command(170_000, true)).toBe(
      `CREATE_REPLICATION_SLOT "a""b" LOGICAL pgoutput (SNAPSHOT 'nothing', FAILOVER)`,
    );
  });
});

describe('definitionFor', () => {
  it('tells what stops a source from what passes', () => {
    expect(definitionFor('28P01').policy).toBe('operator');
    expect(definitionFor('42501').policy).toBe('operator');
    expect(definitionFor('58P01').code).toBe('INGEST_SLOT_WAL_REMOVED');
    for (const code of ['57P01', '57P03', '53300', '55006', 'ECONNREFUSED', null]) {
      expect(definitionFor(code).policy).toBe('retry');
    }
  });
});

describe('block ranges', () => {
  it('leaves what is not done, whatever the order of what was', () => {
    const done = addRange(addRange(addRange([], [4, 6]), [0, 2]), [2, 3]);
    expect(done).toEqual([
      [0, 3],
      [4, 6],
    ]);
    expect([...missingRanges({ blocks: 11, done }, 3)]).toEqual([
      [3, 4],
      [6, 9],
      [9, 11],
    ]);
    expect([...missingRanges({ blocks: 0, done: [] }, 3)]).toEqual([]);
  });
});

describe('exclusionOf', () => {
  const table = { oid: 1, membership: 0, isReadable: true };
  const book = { ...EMPTY_TABLE, oid: 1, membership: 0, complete: true };
  it('says why a table is not captured', () => {
    expect(exclusionOf(table, undefined)).toBeNull();
    expect(exclusionOf(table, book)).toBeNull();
    expect(exclusionOf({ ...table, isReadable: false }, undefined)?.code).toBe('INGEST_TABLE_NOT_READABLE');
    expect(exclusionOf({ ...table, oid: 2 }, book)?.code).toBe('INGEST_TABLE_RECREATED');
    expect(exclusionOf(table, { ...book, left: true })?.code).toBe('INGEST_TABLE_RECREATED');
  });
});

describe('createTableFilter', () => {
  it('matches the table alone and with its schema', () => {
    const accepts = createTableFilter({
      schemas: ['public', 'shop'],
      tables: ['order*', 'shop.*'],
      exclude: ['*_old', 'a.b'],
    });
    expect(accepts({ schema: 'public', table: 'orders' })).toBe(true);
    expect(accepts({ schema: 'shop', table: 'anything' })).toBe(true);
    expect(accepts({ schema: 'public', table: 'anything' })).toBe(false);
    expect(accepts({ schema: 'other', table: 'orders' })).toBe(false);
    expect(accepts({ schema: 'public', table: 'orders_old' })).toBe(false);
  });
});

describe('readCopyLine', () => {
  const fields = (line: string, columns: number): (string | null)[] => {
    const tuple = createTuple();
    const bytes = Buffer.from(`before${line}\nafter`);
    readCopyLine(tuple, columns, bytes, 6, 6 + Buffer.byteLength(line) + 1);
    return Array.from({ length: tuple.length }, (_, i) =>
      tuple.kinds[i] === FIELD_NULL ? null : tuple.bytes.toString('utf8', tuple.starts[i], tuple.ends[i]),
    );
  };
  it('gives plain values, NULL and empty text told apart', () => {
    expect(fields('1\t\\N\t\tü', 4)).toEqual(['1', null, '', 'ü']);
    expect(fields('a\\tb\\nc\\\\N\\r\\b\\f\\v\t\\\\N\tz', 3)).toEqual(['a\tb\nc\\N\r\b\f\v', '\\N', 'z']);
    expect(fields('', 1)).toEqual(['']);
  });
  it('refuses lines of another width', () => {
    expect(() => fields('1\t2', 3)).toThrow(expect.objectContaining({ code: 'INGEST_PROTOCOL_VIOLATION' }));
    expect(() => fields('1\t2\t3', 2)).toThrow(expect.objectContaining({ code: 'INGEST_PROTOCOL_VIOLATION' }));
  });
});
