import type { TypeCase } from './type-cases.ts';

/** A value's text in the one form that both sides have in common; null is SQL NULL. Arrays element by element. */
export type Value = string | null | readonly (string | null)[];

export function inForm(form: TypeCase['form'], value: Value): Value {
  if (value === null) return null;
  if (typeof value === 'string') return textInForm(form, value);
  return value.map((element) => (element === null ? null : textInForm(form, element)));
}

function textInForm(form: TypeCase['form'], text: string): string {
  switch (form) {
    case 'number':
      return numberText(text);
    case 'decimal':
      return decimalText(text);
    case 'money':
      return decimalText(text.replaceAll(/[$,]/g, ''));
    case 'boolean':
      return text === 't' ? 'true' : text === 'f' ? 'false' : text;
    case 'timestamp': {
      const match = /^(\d+-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?(?:\+00)?$/.exec(text);
      return match === null ? text : `${match[1]}.${(match[2] ?? '').padEnd(6, '0')}`;
    }
    default:
      return text;
  }
}

/** The double that the text stands for, with the sign of zero. */
function numberText(text: string): string {
  const number = Number(text.replace(/^(-?)inf$/, '$1Infinity').replace(/^nan$/, 'NaN'));
  return Object.is(number, -0) ? '-0' : String(number);
}

function decimalText(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
