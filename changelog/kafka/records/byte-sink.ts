/** A growing buffer to append to. `bytes` is replaced when it grows: read it anew after every call that may write. */
export class ByteSink {
  bytes: Buffer;
  length = 0;
  #written: Buffer = NOTHING;

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
    if (end - start > SHORT_PART_BYTES) {
      source.copy(target, at, start, end);
      at += end - start;
    } else {
      for (let i = start; i < end; i++) target[at++] = source[i] as number;
    }
    this.length = at;
  }

  /** Appends all of a buffer: much quicker than a part of one, of which a view has to be made. */
  append(source: Buffer): void {
    const { length } = source;
    const target = this.reserve(length);
    if (length > SHORT_BYTES) {
      target.set(source, this.length);
    } else {
      for (let i = 0; i < length; i++) target[this.length + i] = source[i] as number;
    }
    this.length += length;
  }

  /** Appends a whole number's decimal digits; of what a number cannot hold exactly by way of its text. */
  digits(value: number | bigint): void {
    if (typeof value === 'bigint') {
      if (value >= 0n && value <= MAX_SAFE) this.digits(Number(value));
      else this.ascii(value.toString());
    } else if (value >= 0 && value < HALF) {
      this.length = putDigits(this.reserve(HALF_DIGITS), this.length, value, digitsIn(value));
    } else if (value >= HALF && Number.isSafeInteger(value)) {
      this.#digits(value);
    } else {
      this.ascii(value.toString());
    }
  }

  /** Of a number that has more than the half of them. */
  #digits(value: number): void {
    const target = this.reserve(2 * HALF_DIGITS);
    const high = Math.floor(value / HALF);
    const at = putDigits(target, this.length, high, digitsIn(high));
    this.length = putDigits(target, at, value - high * HALF, HALF_DIGITS);
  }

  /** Appends ASCII text. */
  ascii(text: string): void {
    this.reserve(text.length).write(text, this.length, 'latin1');
    this.length += text.length;
  }

  /** What was written, without a copy: valid until the next write. */
  written(): Buffer {
    const { bytes, length } = this;
    // Again and again the same, where a sink is filled anew with pieces of the same length.
    if (this.#written.length !== length || this.#written.buffer !== bytes.buffer) {
      this.#written = bytes.subarray(0, length);
    }
    return this.#written;
  }
}

const NOTHING = Buffer.alloc(0);

/** Up to this length a loop is quicker than the call of a native copy; of a part of a buffer. */
const SHORT_BYTES = 10;
const SHORT_PART_BYTES = 32;

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
/** Two of these hold every safe integer, and each fits 32 bits. */
const HALF_DIGITS = 8;
const HALF = 10 ** HALF_DIGITS;

/** Of a whole number below 2^31. */
function digitsIn(value: number): number {
  let digits = 1;
  for (let rest = value; rest > 9; rest = (rest / 10) | 0) digits++;
  return digits;
}

/** Writes so many digits, with zeros in front; returns where they end. */
function putDigits(target: Buffer, at: number, value: number, digits: number): number {
  let rest = value | 0;
  for (let i = at + digits - 1; i >= at; i--) {
    const tens = (rest / 10) | 0;
    target[i] = 48 + rest - tens * 10;
    rest = tens;
  }
  return at + digits;
}
