import type { TableBuild } from '../change-log.ts';
import { formatLsn, parseLsn } from '../lsn.ts';
import { readWatermark, type Watermark } from './watermark.ts';

/** A watermark, or an exchange that is due when it is reached. */
export interface Mark {
  readonly watermark: Watermark;
  readonly exchange: Exchange | null;
  /** Of its message. */
  readonly offset: bigint;
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
  /** Of its message. */
  readonly offset: bigint;
}

/** Between the source and the topic in the key of a rewind. */
export const REWIND = '/rewind/';

interface RewindJson {
  readonly offsets: readonly string[];
  readonly replayed: string;
}

/** What is written under `<source>/rewind/<topic>`. */
export function rewindJson({ offsets, replayed }: Pick<Rewind, 'offsets' | 'replayed'>): RewindJson {
  return { offsets: offsets.map(String), replayed: replayed.toString() };
}

export function readRewind(key: string, json: unknown, offset: bigint): Rewind {
  const { offsets, replayed } = json as RewindJson;
  const topic = key.slice(key.indexOf(REWIND) + REWIND.length);
  return { topic, offsets: offsets.map(BigInt), replayed: BigInt(replayed), offset };
}

interface ExchangeJson {
  readonly exchange?: { readonly relation: string; readonly build: TableBuild; readonly from_lsn: string };
}

/** What is written under `<source>/exchange/<table>`, beside the watermark at which it is due. */
export function exchangeJson({ relation, build, fromLsn }: Omit<Exchange, 'table'>): ExchangeJson {
  return { exchange: { relation, build, from_lsn: formatLsn(fromLsn) } };
}

/** A message of the topic. Throws what the parts throw when it is none. */
export function readMark(key: string, json: unknown, offset: bigint): Mark {
  const { exchange } = json as ExchangeJson;
  const watermark = readWatermark(json);
  if (exchange === undefined) return { watermark, exchange: null, offset };
  const { relation, build, from_lsn } = exchange;
  const table = key.slice(key.indexOf(EXCHANGE) + EXCHANGE.length);
  return { watermark, exchange: { table, relation, build, fromLsn: parseLsn(from_lsn) }, offset };
}
