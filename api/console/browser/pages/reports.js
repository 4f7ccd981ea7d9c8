import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { reportsOf } from '../answers/openapi.js';
import { useOpenApi } from '../answers/use-openapi.js';
import { labelOf } from '../exact/show.js';
import { PageHead } from '../parts/card.js';
import { Loading, Nothing } from '../parts/states.js';
import { ReportView } from './report-view.js';

/** Whatever reports this server has, also those that are newer than this page. */
export function Reports() {
  const document = useOpenApi();
  const { query, to } = useAddress();
  if (document === null) return html`<${PageHead} title="All reports" /><${Loading} height=${420} />`;
  const reports = reportsOf(document);
  const chosen = query.get('report');
  const report = reports.find(({ name }) => name === chosen);
  const back = to('/console/reports');
  if (report !== undefined) {
    return html`
      <${PageHead} title=${labelOf(report.name)} lead=${html`${report.summary}. <a href=${back}>All reports</a>`} />
      <details class="about"><summary>What it says exactly</summary><p>${report.description}</p><p class="note"><code>GET ${report.path}</code></p></details>
      <${ReportView} key=${report.path} report=${report} />
    `;
  }
  return html`
    <${PageHead} title="All reports" lead="Every report that this server documents, with all its parameters." />
    ${chosen !== null && html`<${Nothing} title=${`This server does not offer a report ${chosen}.`} />`}
    <ul class="doors">
      ${reports.map(
        ({ name, summary, path }) =>
          html`<li key=${path}><a href=${to('/console/reports', { report: name })}><strong>${labelOf(name)}</strong><span>${summary}</span><code>${path}</code></a></li>`,
      )}
    </ul>
  `;
}
