import { html, type Markup, type Part } from './markup.ts';

const KEYWORDS =
  'all and any array as asc between by case cast cross desc distinct else end except exists false final following from full group having in inner intersect interval is join left like limit not null offset on or order outer over partition preceding qualify right row rows sample select settings then true unbounded union using when where window with within';

const TOKENS = new RegExp(
  [
    '(?<comment>--[^\\n]*|/\\*.*?\\*/|\\{#.*?#\\})',
    '(?<jinja>\\{\\{.*?\\}\\}|\\{%.*?%\\})',
    "(?<string>'(?:[^'\\\\]|\\\\.|'')*')",
    '(?<quoted>`(?:[^`\\\\]|\\\\.)*`|"(?:[^"\\\\]|\\\\.)*")',
    `(?<keyword>\\b(?:${KEYWORDS.split(' ').join('|')})\\b)`,
    '(?<number>\\b\\d+(?:\\.\\d+)?\\b)',
    '(?<word>\\w+)',
  ].join('|'),
  'gis',
);

/** SQL with its words told apart; what a reference leads to is a link where `hrefOf` knows it. */
export function sqlMarkup(sql: string, hrefOf: (id: string) => string | null): Markup {
  const parts: Part[] = [];
  let end = 0;
  for (const match of sql.matchAll(TOKENS)) {
    parts.push(sql.slice(end, match.index), tokenMarkup(match[0], match.groups ?? {}, hrefOf));
    end = match.index + match[0].length;
  }
  parts.push(sql.slice(end));
  return html`<pre class="sql" tabindex="0"><code>${parts}</code></pre>`;
}

function tokenMarkup(
  text: string,
  groups: Readonly<Record<string, string | undefined>>,
  hrefOf: (id: string) => string | null,
): Part {
  const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
  if (kind === 'word' || kind === 'quoted' || kind === undefined) return text;
  if (kind !== 'jinja') return html`<span class="${kind}">${text}</span>`;
  const [, ref] = /\bref\(\s*['"]([^'"]+)['"]\s*\)/.exec(text) ?? [];
  const [, source, table] = /\bsource\(\s*['"]([^'"]+)['"]\s*,\s*['"]([^'"]+)['"]\s*\)/.exec(text) ?? [];
  const id = ref ?? (source === undefined ? null : `${source}.${table}`);
  const href = id === null ? null : hrefOf(id);
  return href === null ? html`<span class="jinja">${text}</span>` : html`<a class="jinja" href="${href}">${text}</a>`;
}
