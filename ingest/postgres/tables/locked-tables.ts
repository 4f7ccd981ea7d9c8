/** Tables (`schema.table`) whose copy waits for somebody's lock, and since when (milliseconds of one clock). */
export class LockedTables {
  #since = new Map<string, number>();

  has(name: string): boolean {
    return this.#since.has(name);
  }

  /** These are locked now, and no others. Answers those that were not before. */
  look(names: readonly string[], nowMs: number): string[] {
    const before = this.#since;
    this.#since = new Map(names.map((name) => [name, before.get(name) ?? nowMs]));
    return names.filter((name) => !before.has(name));
  }

  /** How long it has been locked as far as was seen. */
  lockedMs(name: string, nowMs: number): number {
    return nowMs - (this.#since.get(name) ?? nowMs);
  }
}
