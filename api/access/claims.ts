import type { JwtConfig } from '../../runtime/config/access.ts';
import type { Caller } from './caller.ts';
import { isScope } from './scopes.ts';

/** What the claims of a token that was checked give its bearer; or why they do not do. */
export function callerOf(claims: Readonly<Record<string, unknown>>, config: JwtConfig): Caller | { lacks: string } {
  const subject = valueAt(claims, config.subjectClaim);
  if (typeof subject !== 'string' || subject === '') return { lacks: config.subjectClaim };
  const filters: Record<string, readonly string[]> = {};
  for (const [column, claim] of Object.entries(config.filters)) {
    const values = wordsOf(valueAt(claims, claim), false);
    // Without it nobody said that every row may be seen.
    if (values === null) return { lacks: claim };
    if (!values.includes('*')) filters[column] = values;
  }
  const words = wordsOf(valueAt(claims, config.scopesClaim), true) ?? [];
  const { scopes: byWord } = config;
  const given =
    byWord === null ? words : words.flatMap((word) => (Object.hasOwn(byWord, word) ? byWord[word] : []) ?? []);
  return {
    kind: 'token',
    id: subject,
    name: nameOf(claims) ?? subject,
    // A provider's scopes are about other things too.
    scopes: given.filter(isScope),
    filters,
    requestsPerMinute: config.requestsPerMinute,
  };
}

/** Also a claim whose own name has dots, as URLs have that some providers use. */
function valueAt(claims: Readonly<Record<string, unknown>>, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let value: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}

/** A list, or a text; which is one value, or `isSplit` words. Null for what is neither. */
function wordsOf(value: unknown, isSplit: boolean): string[] | null {
  if (typeof value === 'string') return isSplit ? value.split(/\s+/).filter((word) => word !== '') : [value];
  if (typeof value === 'number') return [String(value)];
  if (!Array.isArray(value)) return null;
  return value.every((each) => typeof each === 'string' || typeof each === 'number') ? value.map(String) : null;
}

function nameOf({ name, email }: Readonly<Record<string, unknown>>): string | undefined {
  return [name, email].find((each): each is string => typeof each === 'string' && each !== '');
}
