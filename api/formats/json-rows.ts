import { type JsonText, NumberText } from '../http/exact-json.ts';

/** The elements of a JSON array as they are written. Precondition: the text is an array of objects, made by us. */
export function* elementsOf(array: JsonText): Generator<JsonText> {
  let depth = 0;
  let start = 0;
  for (let at = 0; at < array.length; at++) {
    switch (array.charCodeAt(at)) {
      case 0x22: // quotation mark: up to the one that ends the string
        at = endOfString(array, at);
        break;
      case 0x7b:
      case 0x5b:
        depth++;
        if (depth === 2) start = at;
        break;
      case 0x7d:
      case 0x5d:
        depth--;
        if (depth === 1) yield array.slice(start, at + 1);
        break;
    }
  }
}

function endOfString(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at++;
    else if (code === 0x22 || Number.isNaN(code)) return at;
  }
}

/** One value of a row of columns. What is no single value is `Json`. */
export type Cell = string | boolean | null | NumberText | JsonCell;

export class JsonCell {
  readonly text: JsonText;
  constructor(text: JsonText) {
    this.text = text;
  }
}

type Value = Cell | readonly Value[] | { readonly [name: string]: Value };

type ExactParse = (
  text: string,
  reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
) => Value;
const parse = JSON.parse as ExactParse; // the third argument is newer than the type

/** A row's values by column, members of members under `name.member`; no number is made a double. */
export function cellsOf(row: JsonText): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const parsed = parse(row, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined ? new NumberText(source) : value,
  );
  put(cells, '', parsed);
  return cells;
}

function put(cells: Map<string, Cell>, name: string, value: Value): void {
  const isObject =
    typeof value === 'object' && value !== null && !(value instanceof NumberText) && !(value instanceof JsonCell);
  if (!isObject) cells.set(name, value);
  else if (Array.isArray(value)) cells.set(name, new JsonCell(exactText(value)));
  else for (const [member, each] of Object.entries(value)) put(cells, name === '' ? member : `${name}.${member}`, each);
}

function exactText(value: Value): JsonText {
  if (value instanceof NumberText || value instanceof JsonCell) return value.text;
  if (Array.isArray(value)) return `[${value.map(exactText).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}:${exactText(each)}`)
    .join(',')}}`;
}
