import { type Parameter, quoteShort } from './parameter.ts';

/** Up to so many out of a fixed list, each once, comma-separated or repeated, in the order in which they are given; none when absent. */
export function orderedChoices<const V extends string>(
  values: readonly V[],
  max: number,
  description: string,
): Parameter<readonly V[]> {
  return {
    description,
    repeatable: true,
    allowed: values,
    schema: { type: 'array', items: { type: 'string', enum: values }, maxItems: max, uniqueItems: true },
    fallback: [],
    read(texts) {
      const given = texts.flatMap((text) => text.split(','));
      const found: V[] = [];
      for (const text of given) {
        const value = values.find((each) => each === text);
        if (value === undefined) return { refused: `${quoteShort(text)} is not one of the values` };
        if (found.includes(value)) return { refused: `${value} is there twice` };
        found.push(value);
      }
      return found.length > max ? { refused: `${found.length} values; up to ${max} are possible` } : found;
    },
  };
}

/** Some of a fixed list in its order, comma-separated or repeated; `fallback` when absent. */
export function someOf<const V extends string>(
  values: readonly V[],
  fallback: readonly V[],
  description: string,
): Parameter<readonly V[]> {
  const { read, ...ordered } = orderedChoices(values, Number.MAX_SAFE_INTEGER, description);
  return {
    ...ordered,
    schema: { type: 'array', items: { type: 'string', enum: values }, default: fallback },
    fallback,
    read(texts) {
      const given = new Set(texts.flatMap((text) => text.split(',')));
      const found = read([...given]);
      return 'refused' in found ? found : values.filter((value) => given.has(value));
    },
  };
}
