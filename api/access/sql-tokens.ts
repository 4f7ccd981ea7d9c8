/** A piece of SQL, with its place in the text. Comments and blanks are none. */
export interface SqlToken {
  readonly kind: 'word' | 'identifier' | 'string' | 'parameter' | 'other';
  /** As it stands there; of a quoted identifier, what is within the quotes. */
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const PIECE =
  /(?<blank>\s+|--[^\n]*|#[! ][^\n]*|\/\*[\s\S]*?\*\/)|(?<string>'(?:[^'\\]|\\[\s\S]|'')*')|(?<identifier>`(?:[^`\\]|\\[\s\S])*`|"(?:[^"\\]|\\[\s\S])*")|(?<parameter>\{\w+:[^{}]*\})|(?<word>[A-Za-z_]\w*)|(?<other>[\s\S])/gy;

export function sqlTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  for (const match of sql.matchAll(PIECE)) {
    const [text] = match;
    const kind = Object.entries(match.groups ?? {}).find(([, found]) => found !== undefined)?.[0];
    if (kind === undefined || kind === 'blank') continue;
    const token = { kind: kind as SqlToken['kind'], from: match.index, to: match.index + text.length };
    tokens.push({ ...token, text: kind === 'identifier' ? text.slice(1, -1) : text });
  }
  return tokens;
}
