import type { TableBuild } from '../change-log.ts';
import { formatLsn, parseLsn } from '../lsn.ts';
import { readWatermark, type Watermark } from './watermark.ts';

/** A watermark, or an exchange that is due when it is reached. */
export interface Mark {
  readonly watermark: Watermark;
  readonly exchange: Exchange | null;
  /** Place among the marks of its source (`orderOf`). */
  readonly offset: bigint;
  /** The trace that it is of, and when it was read (Unix, milliseconds); null where nobody traces. */
  readonly trace: { readonly traceparent: string; readonly seenAtMs: number } | null;
}

export interface Exchange {
  /** `schema.table` */
  readonly table: string;
  /** Id of the relation of the table beside. */
  readonly relation: string;
  readonly build: TableBuild;
  readonly fromLsn: bigint;
}

/** Between the source and the table in the key of an exchange. */
export const EXCHANGE = '/exchange/';

/** A topic that is to be loaded again, from these offsets on. */
export interface Rewind {
  readonly topic: string;
  readonly offsets: readonly bigint[];
  /** Of `<topic>.dlq`: messages below it are loaded again by this or an earlier rewind. */
  readonly replayed: bigint;
  /** Place among the marks of its source (`orderOf`). */
  readonly offset: bigint;
}

/**
 * Place of a message of the topic of watermarks. Offsets begin again when the topic is created anew; the source then begins
 * another epoch, and whatever has a higher one is later.
 */
function orderOf(epoch: number, offset: bigint): bigint {
  return (BigInt(epoch - 1) << 40n) + offset;
}

/** Between the source and the topic in the key of a rewind. */
export const REWIND = '/rewind/';

interface RewindJson {
  readonly epoch?: number;
  readonly offsets: readonly string[];
  readonly replayed: string;
}

/** What is written under `<source>/rewind/<topic>`. */
export function rewindJson({
  offsets,
  replayed,
  epoch,
}: Pick<Rewind, 'offsets' | 'replayed'> & { epoch: number }): RewindJson {
  return { epoch, offsets: offsets.map(String), replayed: replayed.toString() };
}

export function readRewind(key: string, json: unknown, offset: bigint): Rewind {
  const { epoch = 1, offsets, replayed } = json as RewindJson;
  const topic = key.slice(key.indexOf(REWIND) + REWIND.length);
  return { topic, offsets: offsets.map(BigInt), replayed: BigInt(replayed), offset: orderOf(epoch, offset) };
}

interface ExchangeJson {
  readonly exchange?: { readonly relation: string; readonly build: TableBuild; readonly from_lsn: string };
}

/** What is written under `<source>/exchange/<table>`, beside the watermark at which it is due. */
export function exchangeJson({ relation, build, fromLsn }: Omit<Exchange, 'table'>): ExchangeJson {
  return { exchange: { relation, build, from_lsn: formatLsn(fromLsn) } };
}

/** A message of the topic. Throws what the parts throw when it is none. */
export function readMark(key: string, json: unknown, offset: bigint, traceparent: string | null = null): Mark {
  const { exchange } = json as ExchangeJson;
  const watermark = readWatermark(json);
  const order = orderOf(watermark.epoch, offset);
  const trace = traceparent === null ? null : { traceparent, seenAtMs: Date.now() };
  if (exchange === undefined) return { watermark, exchange: null, offset: order, trace };
  const { relation, build, from_lsn } = exchange;
  const table = key.slice(key.indexOf(EXCHANGE) + EXCHANGE.length);
  return { watermark, exchange: { table, relation, build, fromLsn: parseLsn(from_lsn) }, offset: order, trace };
}
