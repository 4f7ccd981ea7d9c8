import { INGEST_ERRORS } from '../errors.ts';
import { publicationName, quoteIdentifier, quoteLiteral, slotName } from '../postgres/identifiers.ts';
import { slotLoss } from '../postgres/slot/slot-state.ts';
import { type Finding, finding } from './finding.ts';
import { CHECK_FINDINGS } from './findings.ts';
import type { CheckedSlot, ServerFacts } from './server-facts.ts';

const GIB = 1024 ** 3;
const LONG_TRANSACTION_SECONDS = 60;

/** What the server, the role, the slot and the publication as a whole are in the way of. */
export function serverFindings(
  facts: ServerFacts,
  source: {
    readonly name: string;
    readonly connections: number;
    readonly failoverSlot: boolean;
    readonly isThrottled: boolean;
    /** Tables that are captured and have no key: the copy of each begins with a slot of its own, for a moment. */
    readonly withoutKey: readonly string[];
  },
): Finding[] {
  const found: Finding[] = [];
  const { slot } = facts;
  if (facts.serverVersion < 140_000) {
    const detail = `server_version_num is ${facts.serverVersion}`;
    found.push(finding('error', INGEST_ERRORS.serverTooOld, { detail }));
  }
  if (facts.isStandby) {
    found.push(finding('error', CHECK_FINDINGS.standby, { detail: 'pg_is_in_recovery() is true' }));
  }
  if (facts.walLevel !== 'logical') {
    const detail = `wal_level is ${facts.walLevel}`;
    const sql = "alter system set wal_level = 'logical'; -- then restart the server";
    found.push(finding('error', INGEST_ERRORS.walLevel, { detail, sql }));
  }
  if (!facts.canReplicate) {
    const detail = `role ${facts.role} has no replication attribute`;
    const sql = `alter role ${quoteIdentifier(facts.role)} replication;`;
    found.push(finding('error', INGEST_ERRORS.privilegeMissing, { detail, sql }));
  }
  if (facts.isSuperuser) {
    found.push(finding('notice', CHECK_FINDINGS.superuser, { detail: `role ${facts.role}` }));
  }
  found.push(...roomFindings(facts, source), ...roleFindings(facts, source), ...walFindings(facts));
  if (slot !== null) found.push(...slotFindings(slot, facts.database));
  for (const gid of facts.preparedTransactions) {
    const sql = `rollback prepared ${quoteLiteral(gid)}; -- or: commit prepared`;
    found.push(finding('warning', CHECK_FINDINGS.preparedTransaction, { detail: `prepared transaction ${gid}`, sql }));
  }
  for (const name of facts.otherSlots) {
    const sql = `select pg_drop_replication_slot(${quoteLiteral(name)});`;
    found.push(finding('warning', CHECK_FINDINGS.slotOrphaned, { detail: `slot ${name} is not in use`, sql }));
  }
  if (source.failoverSlot && facts.serverVersion < 170_000) {
    const detail = `server_version_num is ${facts.serverVersion}`;
    found.push(finding('warning', CHECK_FINDINGS.failoverSlotUnsupported, { detail }));
  }
  if (slot === null && (facts.oldestTransactionSeconds ?? 0) > LONG_TRANSACTION_SECONDS) {
    const detail = `open for ${Math.round(facts.oldestTransactionSeconds ?? 0)} s`;
    found.push(finding('warning', CHECK_FINDINGS.transactionOpen, { detail }));
  }
  const keepsOnStandby = slot === null ? source.failoverSlot : slot.isFailover;
  if (facts.serverVersion >= 170_000 && facts.hasStandbys && !keepsOnStandby) {
    found.push(finding('notice', CHECK_FINDINGS.failoverSlotPossible, { detail: `slot ${slotName(source.name)}` }));
  }
  found.push(...publicationFindings(facts, source.name));
  return found;
}

function roomFindings(
  facts: ServerFacts,
  { connections, withoutKey }: { readonly connections: number; readonly withoutKey: readonly string[] },
): Finding[] {
  const found: Finding[] = [];
  const places = [
    {
      setting: 'max_replication_slots',
      max: facts.maxSlots,
      used: facts.usedSlots,
      own: facts.slot === null ? 1 : 0,
    },
    {
      setting: 'max_wal_senders',
      max: facts.maxSenders,
      used: facts.usedSenders,
      own: facts.slot?.active === true ? 0 : 1,
    },
  ];
  for (const { setting, max, used, own } of places) {
    const sql = `alter system set ${setting} = ${max + 5}; -- then restart the server`;
    const detail = `${used} of ${max} (${setting}) are taken`;
    const free = max - used;
    if (free < own) {
      found.push(finding('error', INGEST_ERRORS.tooManySlots, { detail, sql }));
    } else if (withoutKey.length > 0 && free < own + 1) {
      // What was copied goes on; a table that is to be copied again will not.
      const severity = facts.slot === null ? 'error' : 'warning';
      const [first] = withoutKey;
      const tables = withoutKey.length === 1 ? `${first} has no key` : `${withoutKey.length} tables have no key`;
      const more = { detail: `${tables}; ${detail}`, sql };
      found.push(finding(severity, INGEST_ERRORS.tablePositionRefused, more));
    }
  }
  if (facts.slot?.active !== true && facts.freeConnections < connections) {
    const detail = `${Math.max(0, facts.freeConnections)} connections are left, capture uses up to ${connections}`;
    found.push(finding('warning', CHECK_FINDINGS.connectionsShort, { detail }));
  }
  return found;
}

function roleFindings(facts: ServerFacts, { isThrottled }: { readonly isThrottled: boolean }): Finding[] {
  const found: Finding[] = [];
  const role = quoteIdentifier(facts.role);
  const detail = `role ${facts.role}`;
  if (!facts.mayEmitMessages) {
    const arguments_ = facts.serverVersion < 170_000 ? 'boolean, text, text' : 'boolean, text, text, boolean';
    const sql = `grant execute on function pg_logical_emit_message(${arguments_}) to ${role};`;
    found.push(finding('notice', CHECK_FINDINGS.heartbeatNotAllowed, { detail, sql }));
  }
  if (isThrottled && !facts.seesOthers) {
    found.push(finding('notice', CHECK_FINDINGS.loadHidden, { detail, sql: `grant pg_read_all_stats to ${role};` }));
  }
  return found;
}

function walFindings(facts: ServerFacts): Finding[] {
  const found: Finding[] = [];
  const reload = 'select pg_reload_conf();';
  if (facts.maxSlotKeepBytes < 0) {
    const sql = `alter system set max_slot_wal_keep_size = '50GB'; ${reload} -- as much as the disk has to spare`;
    found.push(finding('warning', CHECK_FINDINGS.unboundedWal, { detail: 'max_slot_wal_keep_size is -1', sql }));
  } else if (facts.maxSlotKeepBytes < GIB) {
    const detail = `max_slot_wal_keep_size is ${Math.round(facts.maxSlotKeepBytes / 1024 ** 2)} MiB`;
    const sql = `alter system set max_slot_wal_keep_size = '10GB'; ${reload}`;
    found.push(finding('warning', CHECK_FINDINGS.smallWalBudget, { detail, sql }));
  }
  if (facts.idleSlotTimeoutSeconds !== null && facts.idleSlotTimeoutSeconds > 0) {
    const detail = `idle_replication_slot_timeout is ${facts.idleSlotTimeoutSeconds} s`;
    const sql = `alter system set idle_replication_slot_timeout = 0; ${reload}`;
    found.push(finding('warning', CHECK_FINDINGS.idleSlotTimeout, { detail, sql }));
  }
  if (facts.senderTimeoutMs === 0) {
    const sql = `alter system set wal_sender_timeout = '60s'; ${reload}`;
    found.push(finding('warning', CHECK_FINDINGS.senderTimeoutOff, { detail: 'wal_sender_timeout is 0', sql }));
  }
  return found;
}

function slotFindings(slot: CheckedSlot, database: string): Finding[] {
  const sql = `select pg_drop_replication_slot(${quoteLiteral(slot.name)});`;
  if (slot.plugin !== 'pgoutput' || slot.database !== database) {
    const detail = `slot ${slot.name} is of ${slot.plugin ?? 'physical replication'} in ${slot.database ?? 'no database'}`;
    return [finding('error', INGEST_ERRORS.slotForeign, { detail, sql })];
  }
  const loss = slotLoss(slot);
  if (loss !== null) return [finding('error', loss, { detail: `slot ${slot.name}`, sql })];
  if (slot.walStatus === 'unreserved') {
    const kept = slot.retainedBytes === null ? '' : `, ${Math.round(slot.retainedBytes / 1024 ** 2)} MiB behind`;
    return [finding('warning', CHECK_FINDINGS.slotUnsafe, { detail: `slot ${slot.name} is unreserved${kept}` })];
  }
  return [];
}

function publicationFindings({ publication, database }: ServerFacts, source: string): Finding[] {
  const name = publicationName(source);
  if (publication === null) {
    const detail = `${name} does not exist in ${database}; \`millrace sources sql ${source}\` prints the migration`;
    return [finding('error', INGEST_ERRORS.publicationMissing, { detail })];
  }
  if (publication.missingKinds.length === 0) return [];
  const detail = `${name} leaves out ${publication.missingKinds.join(', ')}`;
  const sql = `alter publication ${quoteIdentifier(name)} set (publish = 'insert, update, delete, truncate');`;
  return [finding('error', CHECK_FINDINGS.publicationPartial, { detail, sql })];
}
