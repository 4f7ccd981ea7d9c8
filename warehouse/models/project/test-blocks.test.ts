import { expect, test } from 'vitest';
import { asMacros, findTestBlocks } from './test-blocks.ts';

const TEXT = `{# {% test commented(model) %} #}
{%- test between(model, column_name, low=0, high=[1, "a,b"]) -%}
select * from {{ model }} where {{ column_name }} not between {{ low }} and {{ high }}
{% endtest %}`;

test('finds the tests of a file with their parameters', () => {
  expect(findTestBlocks(TEXT)).toEqual([
    {
      name: 'between',
      parameters: [
        { name: 'model', isOptional: false },
        { name: 'column_name', isOptional: false },
        { name: 'low', isOptional: true },
        { name: 'high', isOptional: true },
      ],
    },
  ]);
});

test('makes macros of them, and leaves everything else as it is', () => {
  const text = asMacros(TEXT);
  expect(text).toContain('{%- macro test_between(model, column_name, low=0, high=[1, "a,b"]) -%}');
  expect(text.endsWith('{%- endmacro -%}')).toBe(true);
  const macro = '{% macro share(a) -%}a{%- endmacro %}';
  expect(asMacros(macro)).toBe(macro);
});
