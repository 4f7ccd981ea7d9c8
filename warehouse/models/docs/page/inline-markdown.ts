import { html, type Markup, type Part } from './markup.ts';

/** Ordered: what stands in code is no emphasis. */
const TOKENS =
  /(?<code>`+)(?<codeText>.+?)\k<code>(?!`)|!?\[(?<label>(?:[^[\]]|\[[^\]]*\])*)\]\((?<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s+"[^"]*")?\)|<(?<auto>https?:\/\/[^>\s]+)>|\*\*(?<strong>(?=\S).+?(?<=\S))\*\*|(?<![\w*])\*(?<em>(?=[^\s*]).+?(?<=[^\s*]))\*(?![\w*])|(?<!\w)_(?<under>(?=[^\s_]).+?(?<=[^\s_]))_(?!\w)|\\(?<escaped>[!-/:-@[-`{-~])/gs;

/** Code, links, emphasis. HTML is text like any other. */
export function inlineMarkdown(text: string): Markup {
  const parts: Part[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    parts.push(text.slice(end, match.index), partOf(match.groups ?? {}));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return html`${parts}`;
}

function partOf(groups: Readonly<Record<string, string | undefined>>): Markup {
  const { codeText, label, target, auto, strong, em, under, escaped } = groups;
  if (codeText !== undefined) return html`<code>${trimOnce(codeText)}</code>`;
  if (label !== undefined) return linkTo(target ?? '', inlineMarkdown(label));
  if (auto !== undefined) return linkTo(auto, html`${auto}`);
  if (strong !== undefined) return html`<strong>${inlineMarkdown(strong)}</strong>`;
  if (escaped !== undefined) return html`${escaped}`;
  return html`<em>${inlineMarkdown(em ?? under ?? '')}</em>`;
}

/** Only what leads out of the site by a harmless scheme: the files that a README links to are not in the site. */
function linkTo(target: string, label: Markup): Markup {
  if (!/^(https?:\/\/|mailto:|#)/i.test(target)) return label;
  return html`<a href="${target}" rel="noreferrer">${label}</a>`;
}

/** A space at both ends only keeps backquotes apart. */
function trimOnce(code: string): string {
  return /^ .*[^ ].* $/s.test(code) ? code.slice(1, -1) : code;
}
