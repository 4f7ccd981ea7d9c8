import type { ByteSink } from '../records/byte-sink.ts';

/** JSON as bytes, read where it lies: nothing is made of what nobody asks for. */

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const UNESCAPED: Readonly<Record<number, number>> = { 98: 8, 116: 9, 110: 10, 102: 12, 114: 13 };

/** Whether these bytes stand there; few of them, for which a native call takes longer. */
export function isAt(bytes: Buffer, at: number, expected: Buffer): boolean {
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

export function isJsonNull(bytes: Buffer, start: number, end: number): boolean {
  return end - start === 4 && bytes[start] === 110 && bytes[start + 1] === 117;
}

/** Where the JSON value at `at` ends. Throws a RangeError where it has no end. */
export function endOfValue(bytes: Buffer, at: number): number {
  let depth = 0;
  for (let i = at; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (byte === QUOTE) {
      i = endOfString(bytes, i + 1);
      if (depth === 0) return i + 1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return i;
      if (--depth === 0) return i + 1;
    } else if (depth === 0 && (byte === COMMA || byte <= 32)) {
      return i;
    }
  }
  if (depth === 0 && at < bytes.length) return bytes.length;
  throw new RangeError('JSON that is cut off');
}

/** Where the closing quote is. */
export function endOfString(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === BACKSLASH) i++;
    else if (byte === QUOTE) return i;
  }
  throw new RangeError('JSON that is cut off');
}

/** Appends what the string between two quotes says, as UTF-8. */
export function appendString(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const target = out.reserve(end - start);
  let at = out.length;
  for (let i = start; i < end; i++) {
    let byte = bytes[i] as number;
    if (byte === BACKSLASH) {
      byte = bytes[++i] as number;
      if (byte === 117) {
        let code = Number.parseInt(bytes.toString('latin1', i + 1, i + 5), 16);
        i += 4;
        if (code >= 0xd800 && code < 0xdc00 && bytes[i + 1] === BACKSLASH && bytes[i + 2] === 117) {
          const low = Number.parseInt(bytes.toString('latin1', i + 3, i + 7), 16);
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          i += 6;
        }
        // Shorter than its escape, whatever it is.
        if (code >= 128) {
          at += target.write(String.fromCodePoint(code), at, 'utf8');
          continue;
        }
        byte = code;
      } else {
        byte = UNESCAPED[byte] ?? byte;
      }
    }
    target[at++] = byte;
  }
  out.length = at;
}

/** The members of an object, one after the other; to be used again and again. */
export class JsonMembers {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  nameStart = 0;
  nameEnd = 0;
  start = 0;
  end = 0;

  /** Begins with the object at `at`; throws a RangeError where there is none. */
  open(bytes: Buffer, at: number): void {
    if (bytes[at] !== OPEN_BRACE) throw new RangeError('no object');
    this.#bytes = bytes;
    this.#at = at + 1;
  }

  /** Goes to the next member: its name is between its quotes, its value between `start` and `end`. */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.#skip(this.#at);
    if (bytes[at] === COMMA) at = this.#skip(at + 1);
    if (bytes[at] === CLOSE_BRACE) return false;
    if (bytes[at] !== QUOTE) throw new RangeError('no member');
    this.nameStart = at + 1;
    this.nameEnd = endOfString(bytes, at + 1);
    at = this.#skip(this.nameEnd + 1);
    if (bytes[at] !== COLON) throw new RangeError('no member');
    this.start = this.#skip(at + 1);
    this.end = endOfValue(bytes, this.start);
    this.#at = this.end;
    return true;
  }

  /** Whether the member has this name, as its bytes in JSON. */
  is(name: Buffer): boolean {
    return this.nameEnd - this.nameStart === name.length && isAt(this.#bytes, this.nameStart, name);
  }

  get isNull(): boolean {
    return isJsonNull(this.#bytes, this.start, this.end);
  }

  #skip(from: number): number {
    let at = from;
    while ((this.#bytes[at] as number) <= 32) at++;
    return at;
  }
}
