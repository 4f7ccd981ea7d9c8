import { WAREHOUSE_DATABASES } from '../../warehouse/clickhouse/databases.ts';
import { SENT_ROWS } from '../sent-rows.ts';
import { type SqlToken, sqlTokens } from './sql-tokens.ts';

/** A model at a watermark (`modelAt`, `partsAt`) in the text of a query. */
export interface Relation {
  readonly model: string;
  /** In `store`. */
  readonly view: string;
  readonly from: number;
  readonly to: number;
}

export interface ReadRelations {
  readonly relations: readonly Relation[];
  /** Everything else that is read, as `database.table`. */
  readonly others: readonly string[];
  /** Why it cannot be said what the query reads; null: it can. */
  readonly unclear: string | null;
}

const DATABASES = new Set<string>([...WAREHOUSE_DATABASES, 'system', 'information_schema', 'default']);
/** Read what their arguments name. */
const READING =
  /^(?:dict\w*|joinget\w*|remote\w*|cluster\w*|merge|mergetree\w*|view|viewexplain|loop|executable|url|file|s3|dictionary)$/i;

/**
 * What a query reads. It knows the SQL that we write and nothing beyond: whatever else stands behind `from` or `join`, and every other
 * way in which a database is named, is unclear.
 */
export function readRelations(sql: string): ReadRelations {
  const tokens = sqlTokens(sql);
  const relations: Relation[] = [];
  const others = new Set<string>();
  // Rows of an answer that are sent along to be written as a file.
  const named = new Set([...namedQueries(tokens), SENT_ROWS]);
  const starts = new Map<number, number>();
  for (let at = 0; at < tokens.length; at++) {
    const relation = relationAt(tokens, at);
    if (relation !== null) {
      relations.push(relation.relation);
      starts.set(at, relation.next);
      at = relation.next - 1;
      continue;
    }
    const { kind, text } = tokens[at] as SqlToken;
    if (kind === 'string' && [...DATABASES].some((name) => text.toLowerCase().includes(`${name}.`))) {
      return unclear(`a text names ${text}`);
    }
    if (kind !== 'word' && kind !== 'identifier') continue;
    const next = tokens[at + 1]?.text;
    if (next === '(' && READING.test(text)) return unclear(`${text}() reads what it is told`);
    const follows = tokens[at - 1]?.text === '.';
    if (next !== '.' || follows || !DATABASES.has(text.toLowerCase())) continue;
    const table = tokens[at + 2]?.text ?? '';
    others.add(`${text.toLowerCase()}.${table}`);
    starts.set(at, at + 3);
  }
  for (const [at, token] of tokens.entries()) {
    if (!isWord(token, 'from') && !isWord(token, 'join')) continue;
    if (isWord(tokens[at - 1], 'array')) continue;
    const source = tokens[at + 1];
    if (source?.text === '(' || starts.has(at + 1)) continue;
    const isNamed = source !== undefined && named.has(source.text) && tokens[at + 2]?.text !== '.';
    if (!isNamed) return unclear(`${token.text} ${source?.text ?? ''}`);
  }
  return { relations, others: [...others], unclear: null };
}

/** The models at a watermark in a query, and nothing of what else it reads. */
export function relationsAt(sql: string): Relation[] {
  const tokens = sqlTokens(sql);
  return tokens.flatMap((_, at) => relationAt(tokens, at)?.relation ?? []);
}

function unclear(why: string): ReadRelations {
  return { relations: [], others: [], unclear: why };
}

/** `store.x_at(watermark = {watermark:UInt64})`, as `modelAt` and `partsAt` write it. */
function relationAt(tokens: readonly SqlToken[], at: number): { relation: Relation; next: number } | null {
  const [database, dot, view, open, name, equals, value, close] = tokens.slice(at, at + 8);
  const model = view?.kind === 'identifier' ? /^(\w+?)(?:_parts)?_at$/.exec(view.text)?.[1] : undefined;
  const isOne =
    isWord(database, 'store') &&
    dot?.text === '.' &&
    model !== undefined &&
    open?.text === '(' &&
    isWord(name, 'watermark') &&
    equals?.text === '=' &&
    value?.text === '{watermark:UInt64}' &&
    close?.text === ')';
  if (!isOne || database === undefined || close === undefined) return null;
  return {
    relation: { model: model as string, view: view?.text as string, from: database.from, to: close.to },
    next: at + 8,
  };
}

/** Names of `with x as (select ...)`. */
function namedQueries(tokens: readonly SqlToken[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [at, token] of tokens.entries()) {
    const isNamed = isWord(tokens[at + 1], 'as') && tokens[at + 2]?.text === '(' && isQuery(tokens[at + 3]);
    if (token.kind === 'word' && isNamed) names.add(token.text);
  }
  return names;
}

function isQuery(token: SqlToken | undefined): boolean {
  return isWord(token, 'select') || isWord(token, 'with');
}

function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text.toLowerCase() === word;
}
