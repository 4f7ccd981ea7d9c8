import { JsonMembers } from '../../changelog/kafka/envelope/json-scan.ts';

export const CREATE = 99; // c
export const UPDATE = 117; // u
export const DELETE = 100; // d
export const READ = 114; // r
export const TRUNCATE = 116; // t

/** How a row that was copied says where it comes from. */
export type Copying = 'no' | 'initial' | 'last' | 'incremental';

const name = (text: string): Buffer => Buffer.from(text);
const BEFORE = name('before');
const AFTER = name('after');
const SOURCE = name('source');
const TRANSACTION = name('transaction');
const OP = name('op');
const PAYLOAD = name('payload');
const SEQUENCE = name('sequence');
const LSN = name('lsn');
const SNAPSHOT = name('snapshot');
const TIME = name('ts_ms');
const ID = name('id');
const TOTAL_ORDER = name('total_order');
const COLLECTION_ORDER = name('data_collection_order');

/**
 * One message that Debezium wrote of a row, read as far as its order goes; the row itself stays JSON between offsets of `value`.
 * To be used again and again. Debezium's page: https://debezium.io/documentation/reference/stable/connectors/postgresql.html
 */
export class DebeziumEvent {
  readonly #members = new JsonMembers();
  readonly #inner = new JsonMembers();
  value: Buffer = Buffer.alloc(0);
  /** One of the letters above, or another. */
  op = 0;
  /** -1: null. */
  beforeStart = -1;
  afterStart = -1;
  /** First of `source.sequence`: end of the commit before the transaction; null where Debezium knew of none. */
  previousLsn: bigint | null = null;
  /** Of the change; null for a row out of an incremental snapshot. */
  lsn: bigint | null = null;
  copying: Copying = 'no';
  /** The source's clock, Unix time; 0 where none was told. */
  timeMs = 0;
  /** -1: the message names no transaction. */
  transactionId = -1;
  totalOrder = 0;
  /** Number of the row among those of its table in the transaction, from 1. */
  collectionOrder = 0;

  /** Throws a RangeError where it is no such message. */
  read(value: Buffer): void {
    this.value = value;
    this.op = 0;
    this.beforeStart = -1;
    this.afterStart = -1;
    this.previousLsn = null;
    this.lsn = null;
    this.copying = 'no';
    this.timeMs = 0;
    this.transactionId = -1;
    this.totalOrder = 0;
    this.collectionOrder = 0;
    const members = this.#members;
    members.open(value, payloadStart(value));
    while (members.next()) {
      if (members.isNull) continue;
      if (members.is(BEFORE)) this.beforeStart = members.start;
      else if (members.is(AFTER)) this.afterStart = members.start;
      else if (members.is(SOURCE)) this.#readSource(members.start);
      else if (members.is(TRANSACTION)) this.#readTransaction(members.start);
      else if (members.is(OP)) this.op = value[members.start + 1] as number;
    }
    if (this.op === 0) throw new RangeError('a message without its operation');
  }

  #readSource(start: number): void {
    const { value } = this;
    const members = this.#inner;
    members.open(value, start);
    while (members.next()) {
      if (members.isNull) continue;
      if (members.is(SEQUENCE)) this.previousLsn = firstOfSequence(value, members.start, members.end);
      else if (members.is(LSN)) this.lsn = BigInt(value.toString('latin1', members.start, members.end));
      else if (members.is(TIME)) this.timeMs = digitsAt(value, members.start);
      else if (members.is(SNAPSHOT)) this.copying = copyingOf(value, members.start, members.end);
    }
  }

  #readTransaction(start: number): void {
    const { value } = this;
    const members = this.#inner;
    members.open(value, start);
    while (members.next()) {
      if (members.is(ID)) this.transactionId = digitsAt(value, members.start + 1);
      else if (members.is(TOTAL_ORDER)) this.totalOrder = digitsAt(value, members.start);
      else if (members.is(COLLECTION_ORDER)) this.collectionOrder = digitsAt(value, members.start);
    }
  }
}

const outer = new JsonMembers();

/** Where the message itself begins: with schemas beside it (`schemas.enable`) it is the payload. */
export function payloadStart(value: Buffer): number {
  outer.open(value, 0);
  // `{"schema":` is the first of both, and no other message has it.
  if (value[2] !== 115 || value[3] !== 99) return 0;
  while (outer.next()) if (outer.is(PAYLOAD)) return outer.start;
  return 0;
}

/** `"[\"603204904\",\"603204905\"]"`: the first number; null for null. */
function firstOfSequence(value: Buffer, start: number, end: number): bigint | null {
  for (let i = start; i < end; i++) {
    const byte = value[i] as number;
    if (byte === 44) return null; // Behind the first.
    if (byte < 48 || byte > 57) continue;
    let until = i;
    while ((value[until] as number) >= 48 && (value[until] as number) <= 57) until++;
    return BigInt(value.toString('latin1', i, until));
  }
  return null;
}

function digitsAt(value: Buffer, start: number): number {
  let number = 0;
  for (let i = start; (value[i] as number) >= 48 && (value[i] as number) <= 57; i++) {
    number = number * 10 + (value[i] as number) - 48;
  }
  return number;
}

/** `true` is written by versions before 2, `first` and the like by later ones. */
function copyingOf(value: Buffer, start: number, end: number): Copying {
  switch (value.toString('latin1', start, end).replaceAll('"', '')) {
    case 'false':
      return 'no';
    case 'incremental':
      return 'incremental';
    case 'last':
      return 'last';
    default:
      return 'initial';
  }
}
