const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/** JSON text, ready to be put into a larger one. */
export type JsonText = string;

/**
 * A number's text as a JSON token, digit by digit: decimals and 64-bit integers never become a double. `null` is SQL
 * NULL. Throws on anything that is not a plain decimal number, so that no other text can get into an answer this way.
 */
export function numberToken(text: string | null): JsonText {
  if (text === null) return 'null';
  if (!NUMBER.test(text)) throw new Error('not the text of a number');
  return text;
}

/** `"name":value` joined to an object; the names are ours and need no escapes. */
export function objectText(members: readonly (readonly [name: string, value: JsonText])[]): JsonText {
  let text = '';
  for (const [name, value] of members) text += `${text === '' ? '{' : ','}"${name}":${value}`;
  return text === '' ? '{}' : `${text}}`;
}

export function arrayText(values: readonly JsonText[]): JsonText {
  return `[${values.join(',')}]`;
}

/** A number as it is written. */
export class NumberText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Like JSON.stringify, for values that may hold bigints and texts of numbers; those become numbers in full. */
export function jsonText(value: unknown): JsonText {
  if (value instanceof NumberText) return numberToken(value.text);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return arrayText(value.map(jsonText));
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${jsonText(member)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
