import { expect, test } from 'vitest';
import { render } from './render.ts';

const context = {
  ref: (model: string) => model,
  source: (source: string, table: string) => `${source}.${table}`,
  config: () => '',
  var: () => '',
};

// Symptom: `union all` before a block and `select` behind it became `union allselect`, which dbt keeps apart.
test('keeps the line break behind a block', () => {
  const sql = "{% for t in ['a', 'b'] %}\nselect {{ t }} {% if not loop.last %}union all{% endif %}\n{% endfor %}";
  expect(render({ sql, macros: '', context }).split(/\s+/)).toEqual(['select', 'a', 'union', 'all', 'select', 'b']);
});

test('gives the template further names', () => {
  expect(render({ sql: '{{ given["a"] }} {{ ref("m") }}', macros: '', context, values: { given: { a: 1 } } })).toBe(
    '1 m',
  );
});
