import { violation } from './protocol-violation.ts';

/** pgoutput's Relation message: the shape that the following tuples of this relation have. */
export interface RelationMessage {
  readonly oid: number;
  readonly schema: string;
  readonly table: string;
  /** `pg_class.relreplident`: d(efault), n(othing), f(ull), i(ndex). */
  readonly replicaIdentity: string;
  readonly columns: readonly RelationMessageColumn[];
}

export interface RelationMessageColumn {
  readonly name: string;
  readonly isKey: boolean;
  readonly typeOid: number;
  readonly typeModifier: number;
}

/** Reads the message after its type byte; everything is copied. */
export function readRelationMessage(bytes: Buffer, start: number, end: number): RelationMessage {
  let at = start;
  const need = (count: number): void => {
    if (at + count > end) throw violation('a relation message is cut off');
  };
  const text = (): string => {
    const zero = bytes.indexOf(0, at);
    if (zero < 0 || zero >= end) throw violation('a name in a relation message has no end');
    const value = bytes.toString('utf8', at, zero);
    at = zero + 1;
    return value;
  };
  need(4);
  const oid = bytes.readUInt32BE(at);
  at += 4;
  const schema = text() || 'pg_catalog';
  const table = text();
  need(3);
  const replicaIdentity = String.fromCharCode(bytes[at]!);
  const count = bytes.readUInt16BE(at + 1);
  at += 3;
  const columns: RelationMessageColumn[] = [];
  for (let i = 0; i < count; i++) {
    need(1);
    const isKey = (bytes[at]! & 1) === 1;
    at += 1;
    const name = text();
    need(8);
    columns.push({ name, isKey, typeOid: bytes.readUInt32BE(at), typeModifier: bytes.readInt32BE(at + 4) });
    at += 8;
  }
  return { oid, schema, table, replicaIdentity, columns };
}
