import type { ServedView } from '../../warehouse/models/served-views/served-view.ts';
import { type ColumnKind, kindOf, readValue, VALUES_OF } from '../cubes/column-kind.ts';
import { type Parameter, quoteShort, wholeNumber } from '../parameters/parameter.ts';
import type { ParameterSet } from '../parameters/read-parameters.ts';

const MAX_VALUES = 100;
const MAX_CURSOR_CHARACTERS = 8_192;
export const MAX_PAGE_ROWS = 10_000;

/** What every view can be asked, beside a state. */
export const PAGE_PARAMETERS = {
  limit: wholeNumber({ min: 1, max: MAX_PAGE_ROWS, fallback: 1_000, description: 'Rows of a page, at the most.' }),
  cursor: cursor(),
};

/** The columns of a view that can be asked for by value. */
export function filterParameters({ filters, columns }: ServedView): ParameterSet {
  return Object.fromEntries(
    columns
      .filter(({ name }) => filters.includes(name))
      .map(({ name, type, description }) => [name, columnValues(kindOf(type), description)]),
  );
}

function cursor(): Parameter<string | null> {
  return {
    description:
      '`meta.next_cursor` of a page: the page behind it, at the same state, whatever was published since. The question has to be the same.',
    repeatable: false,
    allowed: '`meta.next_cursor` of an answer to the same question',
    schema: { type: 'string', maxLength: MAX_CURSOR_CHARACTERS, pattern: '^[A-Za-z0-9_-]+$' },
    fallback: null,
    read: ([text = '']) =>
      /^[\w-]+$/.test(text) && text.length <= MAX_CURSOR_CHARACTERS ? text : { refused: 'this is no cursor' },
  };
}

/** Values that a column may have; any when absent. */
function columnValues(kind: ColumnKind, description: string): Parameter<readonly string[]> {
  return {
    description,
    repeatable: true,
    allowed: `${kind === 'integer' ? 'a whole number' : VALUES_OF[kind]}; up to ${MAX_VALUES} times`,
    schema: { type: 'array', items: { type: 'string' }, maxItems: MAX_VALUES },
    fallback: [],
    read(texts) {
      if (texts.length > MAX_VALUES) return { refused: `${texts.length} values are too many` };
      const values: string[] = [];
      for (const text of texts) {
        const given = kind === 'boolean' ? ({ true: true, false: false } as Record<string, boolean>)[text] : text;
        // An address's plus sign that was not escaped is read as a blank.
        const value = readValue(kind, kind === 'moment' ? text.replace(' ', '+') : given);
        if (value === null) return { refused: `${quoteShort(text)} is no such value` };
        values.push(value);
      }
      return values;
    },
  };
}
