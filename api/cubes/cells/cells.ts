import type { HeldTable } from '../../held/held-tables.ts';

/** Values further from 0 than this many units are not held: sums of them would not stay exact. */
export const MAX_UNITS = 2 ** 46;
/** States whose number of rows is known. */
const MAX_STATES = 64;
const FIRST_CAPACITY = 1024;

/** Rows that add up to a cube's cells, by column: dimensions as texts, measures in units of their last place. */
export interface CellRows {
  readonly rows: number;
  readonly dimensions: ReadonlyMap<string, readonly string[]>;
  readonly measures: ReadonlyMap<string, readonly number[]>;
}

/** A dimension: each row has the number of its value. */
export interface DimensionCells {
  codes: Int32Array;
  readonly values: readonly string[];
}

/** What adds up to the cells of one cube, in memory: rows are appended alone, so each state is the first so many of them. */
export class CubeCells implements HeldTable {
  readonly #dimensions = new Map<string, { codes: Int32Array; values: string[]; numbers: Map<string, number> }>();
  readonly #measures = new Map<string, Float64Array>();
  readonly #states: { readonly watermark: bigint; readonly rows: number }[] = [];
  #rows = 0;
  #capacity = FIRST_CAPACITY;

  constructor(columns: { readonly dimensions: readonly string[]; readonly measures: readonly string[] }) {
    for (const name of columns.dimensions) {
      this.#dimensions.set(name, { codes: new Int32Array(FIRST_CAPACITY), values: [], numbers: new Map() });
    }
    for (const name of columns.measures) this.#measures.set(name, new Float64Array(FIRST_CAPACITY));
  }

  get size(): number {
    return this.#rows;
  }

  /** Whether all of these are held. */
  holds(dimensions: readonly string[], measures: readonly string[]): boolean {
    return dimensions.every((name) => this.#dimensions.has(name)) && measures.every((name) => this.#measures.has(name));
  }

  /** The newest state; null before the first. */
  get watermark(): bigint | null {
    return this.#states.at(-1)?.watermark ?? null;
  }

  hasState(watermark: bigint): boolean {
    return this.rowsAt(watermark) !== null;
  }

  /** How many rows are a state's; null where that is not known. */
  rowsAt(watermark: bigint): number | null {
    return this.#states.find((state) => state.watermark === watermark)?.rows ?? null;
  }

  /** Precondition: they are what came between the newest state and this later one. */
  append(watermark: bigint, added: CellRows): void {
    this.#reserve(this.#rows + added.rows);
    for (const [name, column] of this.#dimensions) {
      const texts = added.dimensions.get(name) ?? [];
      for (let row = 0; row < added.rows; row++) {
        const text = texts[row] as string;
        let number = column.numbers.get(text);
        if (number === undefined) {
          number = column.values.push(text) - 1;
          column.numbers.set(text, number);
        }
        column.codes[this.#rows + row] = number;
      }
    }
    for (const [name, units] of this.#measures) units.set(added.measures.get(name) ?? [], this.#rows);
    this.#rows += added.rows;
    this.#states.push({ watermark, rows: this.#rows });
    if (this.#states.length > MAX_STATES) this.#states.shift();
  }

  dimension(name: string): DimensionCells {
    const column = this.#dimensions.get(name);
    if (column === undefined) throw new Error(`no dimension ${name} is held`);
    return column;
  }

  measure(name: string): Float64Array {
    const units = this.#measures.get(name);
    if (units === undefined) throw new Error(`no measure ${name} is held`);
    return units;
  }

  #reserve(rows: number): void {
    if (rows <= this.#capacity) return;
    while (this.#capacity < rows) this.#capacity *= 2;
    for (const column of this.#dimensions.values()) {
      const codes = new Int32Array(this.#capacity);
      codes.set(column.codes.subarray(0, this.#rows));
      column.codes = codes;
    }
    for (const [name, units] of this.#measures) {
      const larger = new Float64Array(this.#capacity);
      larger.set(units.subarray(0, this.#rows));
      this.#measures.set(name, larger);
    }
  }
}
