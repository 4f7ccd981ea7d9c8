/** What a database held, as text, from which position on. */
interface State {
  /** The transaction that made it began after this position of the WAL ... */
  readonly beforeLsn: bigint;
  /** ... and had ended at this one. */
  readonly afterLsn: bigint;
  readonly text: string;
}

/** What one database held after each of the transactions that one writer made, one behind the other. */
export class SourceHistory {
  readonly #states: State[] = [];

  record(state: State): void {
    if (this.#states.at(-1)?.text !== state.text) this.#states.push(state);
  }

  /**
   * What it held where everything that committed before `lsn` is contained, and nothing else: one state, or two where the
   * position lies between the beginning and the end of the transaction between them. None for one before the first.
   */
  at(lsn: bigint): readonly string[] {
    return this.#states
      .filter(({ beforeLsn }, i) => beforeLsn < lsn && lsn < (this.#states[i + 1]?.afterLsn ?? lsn + 1n))
      .map(({ text }) => text);
  }
}
