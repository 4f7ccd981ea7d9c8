import { createHash } from 'node:crypto';

export interface ConsolePage {
  readonly html: string;
  /** Content-Security-Policy of it: files of this server, and nothing that is written into a page. */
  readonly policy: string;
}

/**
 * The one inline style that Observable Plot puts into each chart, of 0.6.17 with its own class. Named by its hash, so that
 * no other is possible; another version of Plot with another text shows as a violation in the browser's test.
 */
const PLOT_STYLE = `:where(.plot-d6a7b5) {
  --plot-background: white;
  display: block;
  height: auto;
  height: intrinsic;
  max-width: 100%;
}
:where(.plot-d6a7b5 text),
:where(.plot-d6a7b5 tspan) {
  white-space: pre;
}`;

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The page of every address of the console: what it shows is up to its modules, which read the address. */
export function consolePage(options: {
  /** Where the console's own files are. */
  filesAt: string;
  /** Module to address. */
  modules: Readonly<Record<string, string>>;
  /** Scripts that are no modules, in the order in which they need each other. */
  scripts: readonly string[];
}): ConsolePage {
  const { filesAt, modules, scripts } = options;
  // An import map cannot be a file of its own yet (https://html.spec.whatwg.org/#import-map): allowed by its hash.
  const map = JSON.stringify({ imports: modules });
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Millrace</title>
<link rel="icon" href="${filesAt}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${filesAt}/styles.css">
<script src="${filesAt}/theme.js"></script>
<script type="importmap">${map}</script>
${scripts.map((address) => `<script defer src="${address}"></script>`).join('\n')}
<script type="module" src="${filesAt}/main.js"></script>
</head>
<body>
<div id="console"><p class="boot">Millrace</p></div>
<noscript><p class="boot">The console needs JavaScript. The same numbers: <a href="/docs">the API and its documentation</a>.</p></noscript>
</body>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src 'self' ${hashOf(map)}`,
    `style-src 'self' ${hashOf(PLOT_STYLE)}`,
    "img-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { html, policy };
}
