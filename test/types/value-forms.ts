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
    case 'time':
      return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    case 'json':
      return JSON.stringify(jsonInForm(JSON.parse(text)));
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

/** Members in order, without those that JSON of the warehouse leaves out: null ones and objects that hold nothing. */
function jsonInForm(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(jsonInForm);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value)
    .map(([name, member]) => [name, jsonInForm(member)] as const)
    .filter(([, member]) => member !== null && JSON.stringify(member) !== '{}')
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members);
}
