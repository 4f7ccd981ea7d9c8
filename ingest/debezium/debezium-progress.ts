import type { TablePhase, TableProgress } from '../progress.ts';
import type { DebeziumMemory } from './debezium-memory.ts';
import { DEBEZIUM_ERRORS } from './errors.ts';
import type { TableSet } from './table-set.ts';

/** One entry for each table that is wanted, by name. */
export function debeziumTables(tables: TableSet, memory: DebeziumMemory): TableProgress[] {
  const byName = new Map([...tables.captured].map((table) => [table.name, table]));
  return tables.names.map((name): TableProgress => {
    const table = byName.get(name);
    const { stop } = memory.table(name);
    const { build, isCopied } = memory;
    const without = table === undefined && isCopied ? DEBEZIUM_ERRORS.topicMissing : null;
    const captured: TablePhase = build !== null ? 'resyncing' : isCopied ? 'streaming' : 'snapshotting';
    const phase = stop !== null ? stop.kind : table === undefined ? 'waiting' : captured;
    return {
      name,
      phase,
      code: stop?.code ?? without?.code ?? null,
      detail: stop?.detail || (table?.missing.length ? `in no message: ${table.missing.join(', ')}` : null),
      remedy: stop?.remedy ?? without?.remedy ?? null,
      since: stop?.since ?? (phase === 'resyncing' ? build?.since : null) ?? null,
      snapshotRows: table?.copiedRows ?? 0,
      snapshotBytes: table?.copiedBytes ?? 0,
      snapshotDone: isCopied ? 1 : 0,
      snapshotRowsPerSecond: null,
      snapshotBytesPerSecond: null,
      snapshotSecondsLeft: null,
    };
  });
}
