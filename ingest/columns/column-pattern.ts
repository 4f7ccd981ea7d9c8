/** A column as the configuration names it: `table.column` or `schema.table.column`. */
export interface ColumnName {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
}

export interface ColumnPattern {
  /** As it is written in the configuration. */
  readonly text: string;
  matches(name: ColumnName): boolean;
  /** The pattern means this one table, by name, and one column of it: a table without such a column is suspicious. */
  names(table: Pick<ColumnName, 'schema' | 'table'>): boolean;
}

/**
 * Reads a pattern of columns: two or three parts with a dot between them, `*` stands for anything but a dot. A part in
 * double quotes is taken as it is, with dots and stars. Null when the text is no such pattern.
 */
export function readColumnPattern(text: string): ColumnPattern | null {
  const parts = partsOf(text);
  if (parts === null || parts.length < 2 || parts.length > 3) return null;
  const [column, table, schema] = parts.toReversed() as [Part, Part, Part | undefined];
  const isTable = (name: Pick<ColumnName, 'schema' | 'table'>): boolean =>
    table.regex.test(name.table) && (schema === undefined || schema.regex.test(name.schema));
  return {
    text,
    matches: (name) => isTable(name) && column.regex.test(name.column),
    names: (name) => table.isPlain && column.isPlain && isTable(name),
  };
}

interface Part {
  readonly regex: RegExp;
  readonly isPlain: boolean;
}

function partsOf(text: string): Part[] | null {
  const parts: Part[] = [];
  let rest = text;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")+)"|([^".]+))(?:\.|$)/.exec(rest);
    if (match === null) return null;
    const [whole, quoted, plain] = match;
    parts.push(quoted === undefined ? wildcard(plain as string) : exactly(quoted.replaceAll('""', '"')));
    rest = rest.slice(whole.length);
    if (rest === '') return whole.endsWith('.') ? null : parts;
  }
}

function exactly(name: string): Part {
  return { regex: new RegExp(`^${escapeRegex(name)}$`, 's'), isPlain: true };
}

function wildcard(pattern: string): Part {
  const regex = new RegExp(`^${pattern.split('*').map(escapeRegex).join('[^.]*')}$`, 's');
  return { regex, isPlain: !pattern.includes('*') };
}

function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
