import type { ByteSink } from '../records/byte-sink.ts';

// Fields of requests, as the protocol has them (https://kafka.apache.org/protocol.html#protocol_types).

export function int8(out: ByteSink, value: number): void {
  out.reserve(1).writeInt8(value, out.length);
  out.length += 1;
}

export function int16(out: ByteSink, value: number): void {
  out.reserve(2).writeInt16BE(value, out.length);
  out.length += 2;
}

export function int32(out: ByteSink, value: number): void {
  out.reserve(4).writeInt32BE(value, out.length);
  out.length += 4;
}

export function int64(out: ByteSink, value: bigint): void {
  out.reserve(8).writeBigInt64BE(value, out.length);
  out.length += 8;
}

export function text(out: ByteSink, value: string): void {
  const bytes = Buffer.from(value);
  int16(out, bytes.length);
  out.append(bytes);
}
