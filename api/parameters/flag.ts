import { type Parameter, quoteShort } from './parameter.ts';

/** Yes or no; no when absent. */
export function flag(description: string): Parameter<boolean> {
  return {
    description,
    repeatable: false,
    allowed: ['true', 'false'],
    schema: { type: 'boolean', default: false },
    fallback: false,
    read: ([text = '']) =>
      text === 'true' || text === 'false' ? text === 'true' : { refused: `${quoteShort(text)} is neither` },
  };
}
