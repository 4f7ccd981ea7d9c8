import type { Lag } from '../lag/lag.ts';

const LINKS = [
  ['/v1/reports/sales-trends', 'sales trends'],
  ['/v1/reports/sales-trends?grain=quarter&by=category', 'sales by quarter and category'],
  ['/v1/reports/customer-ltv?limit=10', 'the ten customers of highest value'],
  ['/v1/reports/customer-ltv?by=acquisition_month', 'customers by month of first order'],
  ['/v1/lag', 'lag'],
  ['/docs', 'documentation'],
  ['/openapi.json', 'OpenAPI document'],
  ['/metrics', 'metrics'],
  ['/health/ready', 'health'],
] as const;

const STYLE =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}' +
  'table{border-collapse:collapse}th,td{text-align:left;padding:.25rem 1rem .25rem 0;border-bottom:1px solid #ccc}' +
  'td.number{text-align:right;font-variant-numeric:tabular-nums}a{color:#0b4f9e}';

/** A page that needs nothing from elsewhere. `lag` is null when the warehouse does not answer. */
export function homePage(lag: Lag | null): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="10">
<title>Millrace</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Millrace</h1>
${lag === null ? '<p>The warehouse does not answer at the moment.</p>' : lagTable(lag)}
<h2>Where to go</h2>
<ul>
${LINKS.map(([address, text]) => `<li><a href="${escapeHtml(address)}">${text}</a></li>`).join('\n')}
</ul>
</main>
</body>
</html>
`;
}

function lagTable({ published, sources }: Lag): string {
  const state =
    published === null
      ? 'Nothing was published yet.'
      : `Published watermark ${escapeHtml(published.watermark)}, ${published.lagSeconds.toFixed(1)} s behind the sources.`;
  const rows = sources.map(
    (source) =>
      `<tr><td>${escapeHtml(source.source ?? '')}</td><td>${escapeHtml(source.state ?? '')}</td>` +
      `<td class="number">${escapeHtml(source.captured_rows ?? '')}</td>` +
      `<td class="number">${escapeHtml(source.total_seconds ?? 'not yet')}</td></tr>`,
  );
  return `<p>${state}</p>
<table>
<thead><tr><th scope="col">source</th><th scope="col">state</th><th scope="col">rows captured</th><th scope="col">lag, s</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
