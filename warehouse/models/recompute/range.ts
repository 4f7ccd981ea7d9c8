/** A range of a column, as ClickHouse writes its values in TabSeparated. */
export interface Range {
  /** The table's column that it is of. */
  readonly column: string;
  readonly kind: 'moment' | 'number' | 'text';
  /** Null: from the first. */
  readonly from: string | null;
  /** The first that is not contained; null: to the last. */
  readonly to: string | null;
}

const NULL_FIELD = '\\N';

/** NULL is in no range, unless that is everything. */
export function isInRange(value: string, { kind, from, to }: Range): boolean {
  if (from === null && to === null) return true;
  if (value === NULL_FIELD) return false;
  if (kind !== 'number') {
    const compared = kind === 'moment' ? wholeMoment(value) : value;
    return (from === null || compared >= from) && (to === null || compared < to);
  }
  return (from === null || BigInt(value) >= BigInt(from)) && (to === null || BigInt(value) < BigInt(to));
}

/** How values of a type are compared; null: not at all. */
export function kindOfRange(type: string): Range['kind'] | null {
  const bare = type.replace(/^(?:LowCardinality\(|Nullable\()+/, '');
  // The text of a moment in UTC is in its order, whatever its precision.
  if (/^(Date|Date32)\b(?!Time)/.test(bare) || /^DateTime(64)?\((\d+, )?'UTC'\)/.test(bare)) return 'moment';
  if (/^U?Int\d+/.test(bare)) return 'number';
  if (/^(String|FixedString|UUID)/.test(bare)) return 'text';
  return null;
}

/** A date is its midnight, and every moment has as many digits: their texts are in their order. */
function wholeMoment(text: string): string {
  const seconds = text.length === 10 ? `${text} 00:00:00` : text.length === 16 ? `${text}:00` : text;
  return (seconds.length === 19 ? `${seconds}.` : seconds).padEnd(29, '0');
}

/** An end of a range as the values are written; null for what is none. */
export function pointOf(text: string, kind: Range['kind']): string | null {
  if (kind === 'number') return /^-?\d+$/.test(text) ? text : null;
  if (kind === 'text') return text;
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(date))) return null;
  if (time === undefined) return wholeMoment(date);
  if (Number.isNaN(Date.parse(`${date}T${time}${zone ?? 'Z'}`))) return null;
  if (zone === undefined || zone === 'Z') return wholeMoment(`${date} ${time}`);
  const moment = new Date(`${date}T${time}${zone}`).toISOString();
  return wholeMoment(`${moment.slice(0, 10)} ${moment.slice(11, 23)}`);
}
