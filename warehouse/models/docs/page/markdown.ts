import { inlineMarkdown } from './inline-markdown.ts';
import { html, type Markup } from './markup.ts';

/**
 * The Markdown that descriptions and READMEs are written in: headings, paragraphs, lists, tables, quotes, code. HTML in
 * it is shown as text. `level` is that of the highest heading on the page that it stands in.
 */
export function markdown(text: string, level = 1): Markup {
  const lines = text.replaceAll('\r\n', '\n').replaceAll('\t', '    ').split('\n');
  return html`${blocksOf(lines, level)}`;
}

interface Block {
  readonly markup: Markup;
  /** Line behind the block. */
  readonly next: number;
}

const ITEM = /^( *)([-*+]|\d+[.)])( +)/;

function blocksOf(lines: readonly string[], level: number): Markup[] {
  const blocks: Markup[] = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at]?.trim() === '') {
      at++;
      continue;
    }
    const block = fence(lines, at) ?? heading(lines, at, level) ?? table(lines, at) ?? list(lines, at, level);
    const found = block ?? quote(lines, at, level) ?? indented(lines, at) ?? paragraph(lines, at);
    blocks.push(found.markup);
    at = found.next;
  }
  return blocks;
}

function fence(lines: readonly string[], at: number): Block | null {
  const [, indent = '', mark] = /^( {0,3})(`{3,}|~{3,})/.exec(lines[at] ?? '') ?? [];
  if (mark === undefined) return null;
  const close = new RegExp(`^ {0,3}${mark[0] === '`' ? '`' : '~'}{${mark.length},} *$`);
  const found = lines.findIndex((line, index) => index > at && close.test(line));
  const end = found < 0 ? lines.length : found;
  const code = lines.slice(at + 1, end).map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
  return { markup: html`<pre tabindex="0"><code>${code.join('\n')}</code></pre>`, next: end + 1 };
}

function heading(lines: readonly string[], at: number, level: number): Block | null {
  const [, marks, text = ''] = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(lines[at] ?? '') ?? [];
  if (marks === undefined) return null;
  const name = `h${Math.min(6, marks.length + level - 1)}`;
  const tag = { open: html`<${name}>`, close: html`</${name}>` };
  return { markup: html`${tag.open}${inlineMarkdown(text)}${tag.close}`, next: at + 1 };
}

function table(lines: readonly string[], at: number): Block | null {
  const head = lines[at] ?? '';
  if (!head.includes('|') || !/^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? '')) return null;
  const columns = cellsOf(head);
  if (columns.length !== cellsOf(lines[at + 1] ?? '').length) return null;
  let next = at + 2;
  const rows: string[][] = [];
  for (; next < lines.length && lines[next]?.trim() !== '' && lines[next]?.includes('|'); next++) {
    rows.push(cellsOf(lines[next] ?? ''));
  }
  const markup = html`<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map((cell) => html`<th scope="col">${inlineMarkdown(cell)}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${columns.map((_, index) => html`<td>${inlineMarkdown(row[index] ?? '')}</td>`)}</tr>\n`)}</tbody>
</table></div>`;
  return { markup, next };
}

/** A bar within code, or behind a backslash, divides nothing. */
function cellsOf(line: string): string[] {
  const text = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  const cells = [''];
  for (const piece of text.match(/\\.|`+[^`]*`+|./gs) ?? []) {
    if (piece === '|') cells.push('');
    else cells.push(`${cells.pop()}${piece}`);
  }
  return cells.map((cell) => cell.trim().replaceAll('\\|', '|'));
}

/** Lines that are indented to an item's text are the item's own blocks. */
function list(lines: readonly string[], at: number, level: number): Block | null {
  const first = ITEM.exec(lines[at] ?? '');
  if (first === null || (first[1]?.length ?? 0) > 3) return null;
  const isOrdered = /\d/.test(first[2] ?? '');
  const items: Markup[] = [];
  let next = at;
  while (next < lines.length) {
    const item = ITEM.exec(lines[next] ?? '');
    if (item === null || /\d/.test(item[2] ?? '') !== isOrdered || (item[1]?.length ?? 0) > 3) break;
    const indent = item[0].length;
    const own = [(lines[next] ?? '').slice(indent)];
    for (next++; next < lines.length; next++) {
      const line = lines[next] ?? '';
      const isLazy = line.trim() !== '' && lines[next - 1]?.trim() !== '' && !startsBlock(line);
      const isWithin = line.startsWith(' '.repeat(indent)) || line.trim() === '';
      if (!isWithin && !isLazy) break;
      own.push(isWithin ? line.slice(indent) : line.trimStart());
    }
    const isTight = !own.some((line, index) => line.trim() === '' && own.slice(index).some((each) => each.trim()));
    items.push(html`<li>${isTight ? tight(own, level) : blocksOf(own, level)}</li>\n`);
  }
  return { markup: isOrdered ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`, next };
}

/** The text of an item without blank lines is no paragraph; lists below it are lists. */
function tight(lines: readonly string[], level: number): Markup {
  const end = lines.findIndex((line, index) => index > 0 && startsBlock(line));
  const text = lines.slice(0, end < 0 ? lines.length : end);
  return html`${inlineMarkdown(joined(text))}${end < 0 ? [] : blocksOf(lines.slice(end), level)}`;
}

function quote(lines: readonly string[], at: number, level: number): Block | null {
  if (!/^ {0,3}>/.test(lines[at] ?? '')) return null;
  let next = at;
  while (next < lines.length && /^ {0,3}>/.test(lines[next] ?? '')) next++;
  const inner = lines.slice(at, next).map((line) => line.replace(/^ {0,3}> ?/, ''));
  return { markup: html`<blockquote>${blocksOf(inner, level)}</blockquote>`, next };
}

function indented(lines: readonly string[], at: number): Block | null {
  let next = at;
  while (next < lines.length && (/^ {4}/.test(lines[next] ?? '') || lines[next]?.trim() === '')) next++;
  if (next === at) return null;
  const code = lines.slice(at, next).map((line) => line.slice(4));
  return { markup: html`<pre tabindex="0"><code>${code.join('\n').trimEnd()}</code></pre>`, next };
}

function paragraph(lines: readonly string[], at: number): Block {
  let next = at + 1;
  while (next < lines.length && lines[next]?.trim() !== '' && !startsBlock(lines[next] ?? '')) next++;
  return { markup: html`<p>${inlineMarkdown(joined(lines.slice(at, next)))}</p>`, next };
}

function startsBlock(line: string): boolean {
  return /^ {0,3}(#{1,6}\s|>|`{3,}|~{3,})/.test(line) || ITEM.test(line);
}

function joined(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .join('\n')
    .trim();
}
