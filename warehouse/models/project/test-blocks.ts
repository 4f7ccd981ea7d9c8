/** A generic test as dbt writes it: `{% test name(model, column_name, limit=1) %} SQL of failing rows {% endtest %}`. */
export interface TestBlock {
  readonly name: string;
  /** In order; `model` and `column_name` among them. */
  readonly parameters: readonly { readonly name: string; readonly isOptional: boolean }[];
}

const OPENING = /\{%-?\s*test\s+([A-Za-z_]\w*)\s*\(([^%]*)\)\s*-?%\}/g;
const CLOSING = /\{%-?\s*endtest\s*-?%\}/g;
const COMMENT = /\{#[\s\S]*?#\}/g;

/** The generic tests that a file defines. */
export function findTestBlocks(text: string): TestBlock[] {
  return [...text.replaceAll(COMMENT, '').matchAll(OPENING)].map(([, name, parameters]) => ({
    name: name as string,
    parameters: splitParameters(parameters as string).map((parameter) => {
      const [parameterName, fallback] = parameter.split(/=(.*)/s);
      return { name: (parameterName as string).trim(), isOptional: fallback !== undefined };
    }),
  }));
}

/** Text of macro files in which generic tests are macros, which every Jinja knows. */
export function asMacros(text: string): string {
  return text
    .replaceAll(OPENING, (_, name: string, parameters: string) => `{%- macro ${macroName(name)}(${parameters}) -%}`)
    .replaceAll(CLOSING, '{%- endmacro -%}');
}

/** What dbt calls the macro of a generic test, too. */
export function macroName(test: string): string {
  return `test_${test}`;
}

/** At commas that are in no bracket and no string. */
function splitParameters(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let quote = '';
  let part = '';
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if ('[({'.includes(character)) depth++;
    else if ('])}'.includes(character)) depth--;
    if (character === ',' && depth === 0 && quote === '') {
      parts.push(part);
      part = '';
    } else part += character;
  }
  return [...parts, part].filter((each) => each.trim() !== '');
}
