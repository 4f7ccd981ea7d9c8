import type { ByteSink } from '../records/byte-sink.ts';

const QUOTE = 34;
const BACKSLASH = 92;
const HEX = Buffer.from('0123456789abcdef');

/** The letter behind a backslash, by byte; 1 for what needs \u00xx, 0 for what stands for itself. */
const ESCAPES = new Uint8Array(256);
ESCAPES.fill(1, 0, 32);
ESCAPES[8] = 98; // b
ESCAPES[9] = 116; // t
ESCAPES[10] = 110; // n
ESCAPES[12] = 102; // f
ESCAPES[13] = 114; // r
ESCAPES[QUOTE] = QUOTE;
ESCAPES[BACKSLASH] = BACKSLASH;

/** UTF-8 text as a JSON string, from bytes to bytes. */
export function writeJsonString(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  out.byte(QUOTE);
  writeEscaped(out, bytes, start, end);
  out.byte(QUOTE);
}

/** What stands between a JSON string's quotes. */
export function writeEscaped(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  // In pieces: room for the worst of all that is there would be six times what most of it needs.
  for (let from = start; from < end; from += PIECE_BYTES)
    writePiece(out, bytes, from, Math.min(from + PIECE_BYTES, end));
}

const PIECE_BYTES = 4096;

function writePiece(out: ByteSink, bytes: Buffer, start: number, end: number): void {
  const target = out.reserve((end - start) * 6);
  let at = out.length;
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number;
    const letter = ESCAPES[byte] as number;
    if (letter === 0) {
      target[at++] = byte;
    } else if (letter === 1) {
      target[at++] = BACKSLASH;
      target[at++] = 117; // u
      target[at++] = 48;
      target[at++] = 48;
      target[at++] = HEX[byte >> 4] as number;
      target[at++] = HEX[byte & 15] as number;
    } else {
      target[at++] = BACKSLASH;
      target[at++] = letter;
    }
  }
  out.length = at;
}
