/** Keeps values by key up to a number of bytes; the one not used for longest goes first. */
export class AnswerCache<V extends { readonly text: string }> {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, V>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(key: string): V | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) {
      this.#entries.delete(key);
      this.#entries.set(key, value);
    }
    return value;
  }

  set(key: string, value: V): void {
    const bytes = size(key, value);
    if (bytes > this.#maxBytes / 4) return; // one large answer must not push out all others
    this.#remove(key);
    this.#entries.set(key, value);
    this.#bytes += bytes;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#remove(oldest);
    }
  }

  #remove(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= size(key, value);
  }
}

/** Strings take up to two bytes a character. */
function size(key: string, value: { readonly text: string }): number {
  return 2 * (key.length + value.text.length);
}
