import { FIELD_NULL, FIELD_TEXT, type Tuple } from '../../changelog/change.ts';
import { createTuple, resizeTuple } from '../../changelog/tuple.ts';

/** Turns rows of texts, as `pg` hands them out, into one tuple that is used again and again. */
export function createTextTuple(): (texts: readonly (string | null)[]) => Tuple {
  const tuple = createTuple();
  return (texts) => {
    resizeTuple(tuple, texts.length);
    tuple.bytes = Buffer.from(texts.map((text) => text ?? '').join(''), 'utf8');
    let at = 0;
    for (const [i, text] of texts.entries()) {
      tuple.kinds[i] = text === null ? FIELD_NULL : FIELD_TEXT;
      tuple.starts[i] = at;
      at += text === null ? 0 : Buffer.byteLength(text, 'utf8');
      tuple.ends[i] = at;
    }
    return tuple;
  };
}
