import { type Parameter, quoteShort } from './parameter.ts';

/** A currency by its code; null when absent. */
export function currency(description: string): Parameter<string | null> {
  return {
    description,
    repeatable: false,
    allowed: 'three capital letters, as ISO 4217 has them: EUR',
    schema: { type: 'string', pattern: '^[A-Z]{3}$', examples: ['EUR'] },
    fallback: null,
    read: ([text = '']) => (/^[A-Z]{3}$/.test(text) ? text : { refused: `${quoteShort(text)} is no such code` }),
  };
}
