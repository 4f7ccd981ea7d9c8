import { html } from 'htm/preact';
import { useLive } from '../answers/live.js';
import { Exact } from '../exact/exact.js';
import { bytesText, durationText, momentText, shown } from '../exact/show.js';
import { Card, PageHead } from '../parts/card.js';
import { Legend } from '../parts/chart.js';
import { DataTable } from '../parts/data-table.js';
import { Loading, Nothing, ProblemCard } from '../parts/states.js';
import { Checks } from './checks.js';

/** @param {unknown} value */
const secondsOf = (value) => (value instanceof Exact ? +value : null);

/** Each hop from a service's database to the reports, and what holds it. */
export function Pipeline() {
  const { lag, problem } = useLive();
  const head = html`<${PageHead} title="Pipeline" lead="From each service's database to the published reports: how far behind, and what holds it." />`;
  if (lag === null)
    return html`${head}${problem === null ? html`<${Loading} height=${420} />` : html`<${ProblemCard} problem=${problem} />`}`;
  const { meta, data } = lag;
  const others = data.flatMap((/** @type {any} */ row) =>
    row.tables.not_streaming.map((/** @type {any} */ table) => ({ source: row.source, ...table })),
  );
  return html`
    ${head}
    <div class="tiles">
      <section class="tile"><h2>Published watermark</h2><p class="value">${meta.watermark === null ? '–' : meta.watermark.text}</p><p class="note">${meta.published_at ? momentText(meta.published_at) : 'nothing yet'}</p></section>
      <section class="tile"><h2>Behind, at most</h2><p class="value">${durationText(secondsOf(meta.lag_seconds))}</p><p class="note">of ${data.length} sources</p></section>
      <section class="tile"><h2>Rows captured</h2><p class="value">${shown(sum(data, 'captured_rows'))}</p><p class="note">since each source was copied</p></section>
      <section class="tile"><h2>Tables not streaming</h2><p class="value">${others.length}</p><p class="note">of ${data.reduce((/** @type {number} */ all, /** @type {any} */ row) => all + tablesOf(row), 0)}</p></section>
    </div>
    <${Card} title="Hops" note="Capture: since the replicas had all that the source had. Publish: how much older the reports are than the replicas.">
      ${data.length === 0 ? html`<${Nothing} title="No source is known yet." />` : html`<${Hops} rows=${data} />`}
    <//>
    <${Card} title="Sources">
      <${DataTable}
        caption="Sources"
        columns=${[
          { name: 'source' },
          {
            name: 'state',
            label: 'Capture',
            value: (/** @type {any} */ row) => (row.capture === null ? row.state : row.capture.state),
          },
          { name: 'is_whole', label: 'Whole' },
          {
            name: 'tables',
            label: 'Tables streaming',
            isNumber: true,
            value: (/** @type {any} */ row) => row.tables.counts.streaming ?? new Exact('0'),
            cell: (/** @type {any} */ row) => `${row.tables.counts.streaming ?? 0} of ${tablesOf(row)}`,
          },
          { name: 'captured_rows', label: 'Rows' },
          { name: 'captured_lsn', label: 'Captured LSN' },
          { name: 'published_lsn', label: 'Published LSN' },
          { name: 'published_committed_at', label: 'Last commit in the reports' },
        ]}
        rows=${data}
      />
      ${data.filter((/** @type {any} */ row) => row.capture?.code).map((/** @type {any} */ row) => html`<p class="warn" key=${row.source}><strong>${row.source}</strong> ${row.capture.state}: <code>${row.capture.code}</code> ${row.capture.detail ?? ''} ${row.capture.remedy ?? ''}</p>`)}
    <//>
    <${Card} title="Slot budget" note="WAL that each source keeps for us, and how long that can go on if nothing more were confirmed.">
      <${DataTable}
        caption="Slot budget"
        columns=${[
          { name: 'source' },
          {
            name: 'level',
            label: 'State',
            value: (/** @type {any} */ row) => row.wal?.level ?? null,
            cell: (/** @type {any} */ row) =>
              row.wal === null ? 'not known' : html`<span class="tag ${row.wal.level}">${row.wal.level}</span>`,
          },
          {
            name: 'retained',
            label: 'Kept',
            isNumber: true,
            value: (/** @type {any} */ row) => row.wal?.retained_bytes ?? null,
            cell: (/** @type {any} */ row) => bytesText(secondsOf(row.wal?.retained_bytes)),
          },
          {
            name: 'limit',
            label: 'Limit',
            isNumber: true,
            value: (/** @type {any} */ row) => row.wal?.limit_bytes ?? null,
            cell: (/** @type {any} */ row) =>
              row.wal?.limit_bytes == null ? 'none' : bytesText(secondsOf(row.wal.limit_bytes)),
          },
          {
            name: 'rate',
            label: 'Written a second',
            isNumber: true,
            value: (/** @type {any} */ row) => row.wal?.bytes_per_second ?? null,
            cell: (/** @type {any} */ row) => bytesText(secondsOf(row.wal?.bytes_per_second)),
          },
          {
            name: 'left',
            label: 'Time left',
            isNumber: true,
            value: (/** @type {any} */ row) => row.wal?.seconds_left ?? null,
            cell: (/** @type {any} */ row) => durationText(secondsOf(row.wal?.seconds_left)),
          },
        ]}
        rows=${data}
      />
    <//>
    <${Card} title="Tables that do not plainly stream">
      ${
        others.length === 0
          ? html`<${Nothing} title="Every table streams." />`
          : html`<${DataTable}
              caption="Tables that do not plainly stream"
              columns=${[{ name: 'source' }, { name: 'table', value: (/** @type {any} */ row) => `${row.schema}.${row.table}` }, { name: 'state' }, { name: 'code' }, { name: 'since' }, { name: 'rejected_rows' }, { name: 'remedy', value: (/** @type {any} */ row) => row.remedy }]}
              rows=${others}
            />`
      }
    <//>
    <div class="columns">
      <${Checks} />
      <${Card} title="Schedules" note="What is done from time to time.">
        ${
          (meta.schedules ?? []).length === 0
            ? html`<${Nothing} title="None is known." />`
            : html`<${DataTable}
                caption="Schedules"
                columns=${[
                  { name: 'task' },
                  { name: 'state', value: (/** @type {any} */ row) => (row.is_on ? (row.state ?? 'not yet') : 'off') },
                  {
                    name: 'done_at',
                    label: 'Done last, UTC',
                    cell: (/** @type {any} */ row) => minuteText(row.done_at),
                  },
                  {
                    name: 'next_at',
                    label: 'Next, UTC',
                    cell: (/** @type {any} */ row) =>
                      html`${minuteText(row.next_at)}${row.is_late && html` <span class="tag low">late</span>`}`,
                  },
                  { name: 'failures' },
                ]}
                rows=${meta.schedules}
              />`
        }
      <//>
    </div>
  `;
}

/** @param {string | null} moment */
const minuteText = (moment) => (moment === null ? '–' : `${moment.slice(0, 10)} ${moment.slice(11, 16)}`);

/** @param {any} row */
function tablesOf(row) {
  return Object.values(row.tables.counts).reduce(
    (/** @type {number} */ all, count) => all + +(/** @type {any} */ (count)),
    0,
  );
}

/** @param {any[]} rows @param {string} name */
function sum(rows, name) {
  return new Exact(rows.reduce((all, row) => all + BigInt(row[name].text), 0n).toString());
}

/** @param {{ rows: any[] }} props */
function Hops({ rows }) {
  const seconds = rows.map((row) => ({
    capture: secondsOf(row.lag_seconds.capture) ?? 0,
    publish: secondsOf(row.lag_seconds.publish) ?? 0,
  }));
  const most = Math.max(1, ...seconds.map(({ capture, publish }) => capture + publish));
  const width = (/** @type {number} */ value) => ({ width: `${Math.min(100, (100 * Math.max(0, value)) / most)}%` });
  return html`<${Legend} entries=${[{ name: 'capture', colour: 'var(--series-1)' }, { name: 'publish', colour: 'var(--series-2)' }]} /><ul class="hops" aria-label="Lag of each hop">
    ${rows.map(
      (row, index) =>
        html`<li key=${row.source}>
          <span class="hop-name">${row.source}</span>
          <span class="hop-bars" aria-hidden="true"><span class="hop capture" style=${width(seconds[index].capture)}></span><span class="hop publish" style=${width(seconds[index].publish)}></span></span>
          <span class="hop-text">capture <span class="digits">${durationText(secondsOf(row.lag_seconds.capture))}</span> · publish <span class="digits">${durationText(secondsOf(row.lag_seconds.publish))}</span></span>
        </li>`,
    )}
  </ul>`;
}
