import { FORMAT_DEFINITIONS, FORMATS, type Format } from './format.ts';

/** The format that `Accept` wants most; null when it wants none of ours. Without the header, and for equals, JSON. */
export function negotiateFormat(accept: string | undefined): Format | null {
  if (accept === undefined || accept.trim() === '') return 'json';
  const ranges = accept.split(',').flatMap((part) => readRange(part) ?? []);
  let best: { format: Format; quality: number } | null = null;
  for (const format of FORMATS) {
    const quality = Math.max(...FORMAT_DEFINITIONS[format].accepted.map((type) => qualityOf(type, ranges)));
    if (quality > 0 && (best === null || quality > best.quality)) best = { format, quality };
  }
  return best?.format ?? null;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function readRange(part: string): MediaRange | null {
  const [type = '', ...parameters] = part.split(';').map((each) => each.trim().toLowerCase());
  if (!/^[^\s/]+\/[^\s/]+$/.test(type)) return null;
  const weight = parameters.find((each) => each.startsWith('q='))?.slice(2);
  const quality = weight === undefined ? 1 : Number(weight);
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** Of the most specific range that holds the type (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1). */
function qualityOf(type: string, ranges: readonly MediaRange[]): number {
  const family = `${type.split('/', 1)[0]}/*`;
  for (const wanted of [type, family, '*/*']) {
    const found = ranges.find((range) => range.type === wanted);
    if (found !== undefined) return found.quality;
  }
  return 0;
}
