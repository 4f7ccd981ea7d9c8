import { insertText } from '../../clickhouse/external-query.ts';
import { linesText } from '../../clickhouse/lines.ts';
import { type ModelTable, OPEN_END, qualifiedStoreTable } from '../store/model-table.ts';
import { type Engine, newQueryId } from './tables.ts';

/** Rows of one batch on their way into a by-key table. */
export interface StoreWriter {
  open(row: string): void;
  /** `row` held from batch `from` until this one. */
  close(row: string, from: string): void;
  /** Writes when enough has been collected. */
  flushIfLarge(): Promise<void>;
  /** Resolves when everything is on disk. */
  flush(): Promise<void>;
}

const LARGE_CHARACTERS = 8 << 20;

export function createStoreWriter(engine: Engine, table: ModelTable, batch: string): StoreWriter {
  let lines: string[] = [];
  let characters = 0;

  function add(line: string): void {
    lines.push(line);
    characters += line.length;
  }

  async function flush(): Promise<void> {
    if (lines.length === 0) return;
    const text = linesText(lines);
    lines = [];
    characters = 0;
    await insertText(engine.target, { into: qualifiedStoreTable(table), lines: text, queryId: newQueryId() });
  }

  return {
    open: (row) => add(`${row}\t${batch}\t${OPEN_END}\t${batch}`),
    close: (row, from) => add(`${row}\t${from}\t${batch}\t${batch}`),
    flushIfLarge: () => (characters > LARGE_CHARACTERS ? flush() : Promise.resolve()),
    flush,
  };
}
