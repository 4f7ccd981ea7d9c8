/** A growing buffer to append to. `bytes` is replaced when it grows: read it anew after every call that may write. */
export class ByteSink {
  bytes: Buffer;
  length = 0;

  constructor(initialBytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `extraBytes` more; returns the buffer to write into, at `length`. */
  reserve(extraBytes: number): Buffer {
    const needed = this.length + extraBytes;
    if (needed <= this.bytes.length) return this.bytes;
    let size = this.bytes.length * 2;
    while (size < needed) size *= 2;
    const grown = Buffer.allocUnsafeSlow(size);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
    return grown;
  }

  byte(value: number): void {
    this.reserve(1)[this.length++] = value;
  }

  /** Appends `source[start, end)` as it is. */
  copy(source: Buffer, start: number, end: number): void {
    const target = this.reserve(end - start);
    let at = this.length;
    if (end - start > SHORT_BYTES) {
      source.copy(target, at, start, end);
      at += end - start;
    } else {
      for (let i = start; i < end; i++) target[at++] = source[i] as number;
    }
    this.length = at;
  }

  /** Appends all of a buffer. */
  append(source: Buffer): void {
    this.copy(source, 0, source.length);
  }

  /** Appends a number's decimal digits. */
  digits(value: number | bigint): void {
    const text = value.toString();
    const target = this.reserve(text.length);
    for (let i = 0; i < text.length; i++) target[this.length + i] = text.charCodeAt(i);
    this.length += text.length;
  }

  /** Appends ASCII text. */
  ascii(text: string): void {
    this.reserve(text.length).write(text, this.length, 'latin1');
    this.length += text.length;
  }

  /** What was written, without a copy: valid until the next write. */
  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** Below this length a loop is quicker than the call of a native copy. */
const SHORT_BYTES = 24;
