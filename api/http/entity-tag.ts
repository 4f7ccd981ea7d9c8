import { createHash } from 'node:crypto';
import { jsonText } from './exact-json.ts';

/** Changes when the same question gets an answer of another shape. */
const SHAPE = 1;

/**
 * Tag of a report: the same question at the same watermark has the same data. Weak, since `meta` tells how old the
 * data is at the moment of the answer (https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1).
 */
export function entityTag(path: string, watermark: string, values: unknown): string {
  const hash = createHash('sha256')
    .update(jsonText([SHAPE, path, watermark, values]))
    .digest('base64url');
  return `W/"${watermark}-${hash.slice(0, 22)}"`;
}

/** Does `If-None-Match` name the tag? Compared weakly, as RFC 9110 section 13.1.2 wants. */
export function matchesTag(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  const opaque = tag.replace(/^W\//, '');
  return (header.match(/(?:W\/)?"[^"]*"/g) ?? []).some((given) => given.replace(/^W\//, '') === opaque);
}
