import { expect, test } from 'vitest';
import type { ServerFacts } from './server-facts.ts';
import { serverFindings } from './server-findings.ts';

const FACTS: ServerFacts = {
  database: 'shop',
  serverVersion: 180_000,
  walLevel: 'logical',
  isStandby: false,
  role: 'r',
  isSuperuser: false,
  canReplicate: true,
  freeConnections: 50,
  maxSlots: 10,
  usedSlots: 0,
  maxSenders: 10,
  usedSenders: 0,
  hasStandbys: false,
  senderTimeoutMs: 60_000,
  idleSlotTimeoutSeconds: 0,
  maxSlotKeepBytes: 50 * 1024 ** 3,
  preparedTransactions: [],
  oldestTransactionSeconds: null,
  mayEmitMessages: true,
  seesOthers: true,
  slot: null,
  otherSlots: [],
  publication: { allTables: true, missingKinds: [], viaRoot: false },
};
const SLOT: NonNullable<ServerFacts['slot']> = {
  name: 'millrace_shop',
  database: 'shop',
  plugin: 'pgoutput',
  active: false,
  walStatus: 'reserved',
  invalidationReason: null,
  retainedBytes: 0,
  isFailover: false,
};
const SOURCE = { name: 'shop', connections: 4, failoverSlot: false, isThrottled: true, withoutKey: [] };

const found = (facts: Partial<ServerFacts>, source: Partial<Parameters<typeof serverFindings>[1]> = {}): string[] =>
  serverFindings({ ...FACTS, ...facts }, { ...SOURCE, ...source }).map(({ severity, code }) => `${severity} ${code}`);

test('nothing is found where all is in order', () => {
  expect(found({})).toEqual([]);
});

test.each([
  [{ usedSlots: 9, usedSenders: 9 }, {}, []],
  [{ usedSlots: 10 }, {}, ['error INGEST_TOO_MANY_SLOTS']],
  [{ usedSenders: 10 }, {}, ['error INGEST_TOO_MANY_SLOTS']],
  [{ usedSlots: 8, usedSenders: 8 }, { withoutKey: ['public.t'] }, []],
  [{ usedSlots: 9 }, { withoutKey: ['public.t'] }, ['error INGEST_TABLE_POSITION_REFUSED']],
  [{ usedSenders: 9 }, { withoutKey: ['public.t'] }, ['error INGEST_TABLE_POSITION_REFUSED']],
  [{ slot: SLOT, usedSlots: 10, usedSenders: 9 }, {}, []],
  [{ slot: SLOT, usedSlots: 10 }, { withoutKey: ['a', 'b'] }, ['warning INGEST_TABLE_POSITION_REFUSED']],
  [{ slot: { ...SLOT, active: true }, usedSlots: 9, usedSenders: 9 }, { withoutKey: ['a'] }, []],
])('room for slots and walsenders: %j, %j', (facts, source, expected) => {
  expect(found(facts, source)).toEqual(expected);
});

test.each([
  [{ mayEmitMessages: false }, {}, ['notice CHECK_HEARTBEAT_NOT_ALLOWED']],
  [{ seesOthers: false }, {}, ['notice CHECK_LOAD_HIDDEN']],
  [{ seesOthers: false }, { isThrottled: false }, []],
  [{ oldestTransactionSeconds: 3600 }, {}, ['warning CHECK_TRANSACTION_OPEN']],
  [{ oldestTransactionSeconds: 3600, slot: SLOT }, {}, []],
  [{ serverVersion: 160_000 }, { failoverSlot: true }, ['warning CHECK_FAILOVER_SLOT_UNSUPPORTED']],
  [{ serverVersion: 170_000 }, { failoverSlot: true }, []],
])('rights and settings: %j, %j', (facts, source, expected) => {
  expect(found(facts, source)).toEqual(expected);
});
