import { html } from 'htm/preact';
import { useMemo, useState } from 'preact/hooks';
import { useAddress } from '../address.js';
import { choicesOf, isElsewhere, parameterOf, reportOf } from '../answers/openapi.js';
import { useAnswer } from '../answers/use-answer.js';
import { useOpenApi } from '../answers/use-openapi.js';
import { labelOf } from '../exact/show.js';
import { PageHead } from '../parts/card.js';
import { Choice, Input, optionsOf, Several, Texts } from '../parts/controls.js';
import { ParameterForm } from '../parts/parameter-form.js';
import { Loading, Nothing, Shown } from '../parts/states.js';
import { TrendAnswer } from './trend-answer.js';

const PATH = '/v1/reports/sales-trends';
const DEFAULT_MEASURES = ['net_revenue', 'orders', 'units', 'margin'];
/** With a field of their own on this page. */
const OWN = ['grain', 'by', 'measures', 'from', 'to'];

export function Trends() {
  const document = useOpenApi();
  const report = document === null ? null : reportOf(document, PATH);
  if (document === null) return html`<${PageHead} title="Sales trends" /><${Loading} height=${420} />`;
  if (report === null)
    return html`<${PageHead} title="Sales trends" /><${Nothing} title="This server does not offer sales trends." />`;
  return html`<${TrendsOf} report=${report} />`;
}

/** @param {{ report: import('../answers/openapi.js').Report }} props */
function TrendsOf({ report }) {
  const { query, set, href } = useAddress();
  const measures = query.getAll('measures').flatMap((value) => value.split(','));
  const asked = measures.length > 0 ? measures : DEFAULT_MEASURES;
  const question = new URLSearchParams();
  for (const { name } of report.parameters) {
    if (!isElsewhere(name) && name !== 'measures') for (const value of query.getAll(name)) question.append(name, value);
  }
  question.set('measures', asked.join(','));
  const found = useAnswer({ path: PATH, query: question });

  const by = parameterOf(report, 'by');
  const dimensions = choicesOf(by).filter((value) => value !== null);
  const rest = report.parameters.filter(({ name }) => !OWN.includes(name) && !isElsewhere(name));
  const filters = rest.filter((each) => each.isList && choicesOf(each).length === 0);
  const others = rest.filter((each) => !filters.includes(each));
  const nothing = Object.fromEntries([...query.keys()].map((name) => [name, null]));

  return html`
    <${PageHead} title="Sales trends" lead="Each period with the one before it. A click on a period or a name looks into it." />
    <section class="panel" aria-label="What is shown">
      <div class="form">
        <${Choice} label="Period" value=${query.get('grain') ?? 'month'} options=${optionsOf(choicesOf(parameterOf(report, 'grain')))} onChange=${(/** @type {string} */ grain) => set({ grain })} />
        ${!by?.isList && html`<${Choice} label="By" value=${query.get('by') ?? ''} options=${[{ value: '', label: 'Nothing' }, ...optionsOf(dimensions)]} onChange=${(/** @type {string} */ value) => set({ by: value })} />`}
        <${Input} label="From" type="date" value=${query.get('from') ?? ''} onChange=${(/** @type {string} */ from) => set({ from })} />
        <${Input} label="To (included)" type="date" value=${query.get('to') ?? ''} onChange=${(/** @type {string} */ to) => set({ to })} />
      </div>
      ${by?.isList && html`<${Several} label="By" values=${query.getAll('by').flatMap((value) => value.split(','))} options=${optionsOf(dimensions)} onChange=${(/** @type {string[]} */ values) => set({ by: values })} />`}
      <${Several}
        label="Measures"
        values=${asked}
        options=${optionsOf(choicesOf(parameterOf(report, 'measures')))}
        onChange=${(/** @type {string[]} */ values) => set({ measures: values.length === 0 ? null : values.join(',') })}
      />
      <details open=${filters.some(({ name }) => query.has(name))}>
        <summary>Filters</summary>
        <div class="form">
          ${filters.map((filter) => html`<${Filter} key=${filter.name} name=${filter.name} title=${filter.description} dimensions=${dimensions} />`)}
        </div>
      </details>
      ${
        others.length > 0 &&
        html`<details open=${others.some(({ name }) => query.has(name))}>
          <summary>Comparison, calendar, currency, forecast</summary>
          <${ParameterForm} parameters=${others} query=${query} onChange=${set} />
        </details>`
      }
      ${Object.keys(nothing).length > 0 && html`<p class="note"><a class="quiet" href=${href(nothing)}>Begin anew</a></p>`}
    </section>
    <${Shown}
      found=${found}
      height=${420}
      empty=${html`<${Nothing} title="Nothing was sold in this range with these filters." />`}
      show=${(/** @type {any} */ answer) => html`<${TrendAnswer} answer=${answer} measures=${asked} report=${report} dimensions=${dimensions} question=${{ path: PATH, query: question }} />`}
    />
  `;
}

/** Values that occur are suggested, as soon as somebody is about to write one. @param {{ name: string, title: string, dimensions: string[] }} props */
function Filter({ name, title, dimensions }) {
  const { query, set } = useAddress();
  const [isWanted, setIsWanted] = useState(false);
  const found = useAnswer(
    isWanted && dimensions.includes(name)
      ? { path: PATH, query: new URLSearchParams({ by: name, grain: 'year', measures: 'units' }) }
      : null,
    { isLive: false },
  );
  const known = useMemo(
    () => [...new Set((found.answer?.data ?? []).map((/** @type {any} */ row) => String(row[name])))].sort(),
    [found.answer],
  );
  return html`<${Texts} label=${labelOf(name)} title=${title} values=${query.getAll(name)} known=${known} onFocus=${() => setIsWanted(true)} onChange=${(/** @type {string[]} */ values) => set({ [name]: values })} />`;
}
