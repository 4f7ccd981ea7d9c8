import { type Parameter, quoteShort } from './parameter.ts';

/** A time zone by its IANA name; UTC when absent. */
export function timeZone(description: string): Parameter<string> {
  return {
    description,
    repeatable: false,
    allowed: 'the name of a time zone in the IANA data base: Europe/Berlin, America/New_York, UTC',
    schema: { type: 'string', default: 'UTC', examples: ['Europe/Berlin'] },
    fallback: 'UTC',
    read([text = '']) {
      // Offsets are no zones: they know no summer time, and the warehouse does not know them.
      if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,60}$/.test(text)) return { refused: `${quoteShort(text)} is no such name` };
      try {
        new Intl.DateTimeFormat('en', { timeZone: text });
        return text;
      } catch {
        return { refused: `${quoteShort(text)} is no such name` };
      }
    },
  };
}
