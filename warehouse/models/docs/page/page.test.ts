import { describe, expect, it } from 'vitest';
import { markdown } from './markdown.ts';
import { html } from './markup.ts';
import { sqlMarkup } from './sql-markup.ts';

const rendered = (text: string, level?: number) => markdown(text, level).text.trim();
const ATTACK = `<script>alert(1)</script><img src=x onerror="alert(2)">' & "`;

describe('markup', () => {
  it('escapes every value but markup, in text and in attributes', () => {
    expect(html`<a title="${'"><b>'}">${ATTACK}</a>`.text).toBe(
      '<a title="&#34;&#62;&#60;b&#62;">&#60;script&#62;alert(1)&#60;/script&#62;&#60;img src=x onerror=&#34;alert(2)&#34;&#62;&#39; &#38; &#34;</a>',
    );
    expect(html`${[html`<b>${'<'}</b>`, ['a', 1]]}${null}${undefined}${false}`.text).toBe('<b>&#60;</b>a1');
  });
});

describe('markdown', () => {
  it.each([
    ['two\nlines', '<p>two\nlines</p>'],
    ['one\n\ntwo', '<p>one</p><p>two</p>'],
    ['# A `b` c #', '<h1>A <code>b</code> c</h1>'],
    [
      '**bold**, *em*, _em_, snake_case_name, 2 * 3 * 4',
      '<p><strong>bold</strong>, <em>em</em>, <em>em</em>, snake_case_name, 2 * 3 * 4</p>',
    ],
    ['`a *b* [c](d)` and ``a`b``', '<p><code>a *b* [c](d)</code> and <code>a`b</code></p>'],
    ['\\*no\\*', '<p>*no*</p>'],
    ['> quoted\n> more', '<blockquote><p>quoted\nmore</p></blockquote>'],
    [
      '```sql\nselect <b>\n\n  1\n```\nafter',
      '<pre tabindex="0"><code>select &#60;b&#62;\n\n  1</code></pre><p>after</p>',
    ],
    ['```\nnot closed', '<pre tabindex="0"><code>not closed</code></pre>'],
    ['    indented\n    code', '<pre tabindex="0"><code>indented\ncode</code></pre>'],
    ['- a\n- b\n  goes on\n- c', '<ul><li>a</li>\n<li>b\ngoes on</li>\n<li>c</li>\n</ul>'],
    ['1. a\n2. b', '<ol><li>a</li>\n<li>b</li>\n</ol>'],
    ['- a\n  - b\n- c', '<ul><li>a<ul><li>b</li>\n</ul></li>\n<li>c</li>\n</ul>'],
    ['text\n- item', '<p>text</p><ul><li>item</li>\n</ul>'],
    ['| a | b |\n|---|---|\n| `x|y` | z \\| w |', expect.stringContaining('<td><code>x|y</code></td><td>z | w</td>')],
    ['a | b\n--|--\n1 | 2', expect.stringContaining('<th scope="col">a</th><th scope="col">b</th>')],
    ['| a | b |\n|---|---|\n|  | 2 |', expect.stringContaining('<tr><td></td><td>2</td></tr>')],
  ])('shows %j', (text, expected) => {
    expect(rendered(text)).toEqual(expected);
  });

  it('puts headings below those of its page', () => {
    expect(rendered('# one\n## two', 2)).toBe('<h2>one</h2><h3>two</h3>');
    expect(rendered('###### six', 3)).toBe('<h6>six</h6>');
  });

  it('links to the web, and nowhere by script; files that the site has not are no links', () => {
    expect(rendered('[a](https://example.com/?b=1&c="2")')).not.toContain('href="https://example.com/?b=1&c="');
    expect(rendered('[a](https://example.com/x_(y))')).toContain('href="https://example.com/x_(y)"');
    expect(rendered('<https://example.com>')).toContain('<a href="https://example.com"');
    for (const target of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', '../README.md', 'x.md']) {
      expect(rendered(`[a](${target})`), target).toBe('<p>a</p>');
    }
  });

  it('shows HTML as text, wherever it stands', () => {
    for (const around of [
      '%',
      '# %',
      '- %',
      '> %',
      '**%**',
      '`%`',
      '| a |\n|---|\n| % |',
      '```\n%\n```',
      '[%](https://a.b)',
    ]) {
      const text = rendered(around.replace('%', () => ATTACK));
      expect(text, around).not.toMatch(/<script|<img/);
      expect(text, around).toContain('&#60;script&#62;');
    }
  });

  it('ends on any text', () => {
    const pieces = [
      '- ',
      '  ',
      '\n',
      '> ',
      '| ',
      '|--|',
      '```',
      '# ',
      '`',
      '**',
      '_',
      '[a](',
      ')',
      'x',
      '1. ',
      '    ',
      '\t',
      '\\',
    ];
    let seed = 1;
    for (let round = 0; round < 500; round++) {
      const text = Array.from({ length: 30 }, () => {
        seed = (seed * 48_271) % 2_147_483_647;
        return pieces[seed % pieces.length];
      }).join('');
      expect(rendered(text), text).toBeTypeOf('string');
    }
  });
});

describe('sql', () => {
  const hrefOf = (id: string) => (id === 'fact' || id === 'shop.orders' ? `${id}.html` : null);
  const shown = (sql: string) =>
    sqlMarkup(sql, hrefOf).text.replace(/^<pre class="sql" tabindex="0"><code>|<\/code><\/pre>$/g, '');

  it('tells words apart, and links references', () => {
    expect(shown("select 'a''b -- c' as selected -- end")).toBe(
      '<span class="keyword">select</span> <span class="string">&#39;a&#39;&#39;b -- c&#39;</span> <span class="keyword">as</span> selected <span class="comment">-- end</span>',
    );
    expect(shown("{{ ref('fact') }}")).toBe('<a class="jinja" href="fact.html">{{ ref(&#39;fact&#39;) }}</a>');
    expect(shown('{{ source("shop", "orders") }}')).toContain('href="shop.orders.html"');
    expect(shown("{{ ref('other') }}")).toContain('<span class="jinja">');
  });

  it('shows the text that it was given, escaped', () => {
    for (const sql of [
      ATTACK,
      `'${ATTACK}'`,
      `-- ${ATTACK}`,
      `{# ${ATTACK} #}`,
      `{{ ref('${ATTACK}') }}`,
      '`<b>`',
      "'open",
    ]) {
      const text = shown(sql).replaceAll(/<\/?(span|a)( [^>]*)?>/g, '');
      expect(text.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))).toBe(sql);
      expect(text).not.toMatch(/[<>]/);
    }
  });
});
