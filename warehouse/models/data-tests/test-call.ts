import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { macroName } from '../project/test-blocks.ts';
import type { TestSubject } from './data-test.ts';

/** As dbt does: an argument that looks like one of these calls is the call, not its text. */
const CALL = /^\s*(?:ref|source|var)\s*\(.+\)\s*$/;
const JINJA = /\{\{|\{%/;

/**
 * Jinja that calls a generic test's macro. Arguments are read from the value `given`, `where` from the value `where`;
 * those that are Jinja themselves are rendered first.
 */
export function testCall(options: {
  test: string;
  subject: TestSubject;
  column: string | null;
  given: Readonly<Record<string, unknown>>;
  where: string | null;
}): string {
  const { test, subject, column, given, where } = options;
  const relation =
    'model' in subject
      ? `ref(${jinjaString(subject.model)})`
      : `source(${jinjaString(subject.source)}, ${jinjaString(subject.table)})`;
  const before: string[] = [];
  const rendered = (name: string, text: string): string => {
    before.push(`{%- set ${name} -%}${text}{%- endset -%}`);
    return name;
  };

  const filter = where !== null && JINJA.test(where) ? rendered('rendered_where', where) : 'where';
  const model =
    where === null ? relation : `"(select * from " ~ ${relation} ~ " where " ~ ${filter} ~ ") as dbt_subquery"`;
  const argumentsGiven = Object.entries(given).map(([name, value]) => {
    if (typeof value === 'string' && CALL.test(value)) return `${name}=${value.trim()}`;
    if (typeof value === 'string' && JINJA.test(value)) return `${name}=${rendered(`rendered_${name}`, value)}`;
    return `${name}=given[${jinjaString(name)}]`;
  });
  const columnGiven = column === null ? [] : [`column_name=${jinjaString(quoteIdentifier(column))}`];
  const call = [`model=${model}`, ...columnGiven, ...argumentsGiven].join(', ');
  return `${before.join('')}{{ ${macroName(test)}(${call}) }}`;
}

function jinjaString(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
