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
