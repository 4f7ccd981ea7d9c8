import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { labelOf } from '../exact/show.js';
import { Choice, Input, Several } from '../parts/controls.js';
import { askedOf, dimensionsText, filterTexts } from './explorer-question.js';

const OPERATORS = [
  { value: 'equals', label: 'is' },
  { value: 'not_equals', label: 'is not' },
  { value: 'greater', label: '>' },
  { value: 'greater_or_equal', label: '≥' },
  { value: 'less', label: '<' },
  { value: 'less_or_equal', label: '≤' },
  { value: 'contains', label: 'contains' },
  { value: 'starts_with', label: 'starts with' },
  { value: 'is_null', label: 'is empty' },
  { value: 'is_not_null', label: 'is not empty' },
];

const options = (/** @type {any[]} */ members) => members.map(({ name }) => ({ value: name, label: labelOf(name) }));

/** Everything that a question about this cube can say. @param {{ cube: any }} props */
export function CubeForm({ cube }) {
  const { query, set } = useAddress();
  const asked = askedOf(query);
  const grains = (/** @type {string} */ name) =>
    cube.dimensions.find((/** @type {any} */ each) => each.name === name)?.grains ?? [];
  const chosen = asked.dimensions.map(({ name }) => name);
  const setDimensions = (/** @type {string[]} */ names) =>
    set({
      dimensions: dimensionsText(
        names.map(
          (name) => asked.dimensions.find((each) => each.name === name) ?? { name, grain: grains(name)[0] ?? null },
        ),
      ),
      order:
        asked.order !== null && ![...names, ...asked.measures].includes(asked.order.name) ? null : query.get('order'),
    });
  const setGrain = (/** @type {string} */ name, /** @type {string} */ grain) =>
    set({
      dimensions: dimensionsText(
        asked.dimensions.map((each) => (each.name === name ? { name, grain: grain === '' ? null : grain } : each)),
      ),
    });
  const setFilters = (/** @type {import('./explorer-question.js').Filter[]} */ filters) =>
    set({ where: filterTexts(filters) });
  const asks = [...chosen, ...asked.measures];
  return html`
    <${Several} label="Measures" values=${asked.measures} options=${options(cube.measures)} onChange=${(/** @type {string[]} */ names) => set({ measures: names.join(',') })} />
    <${Several} label="Dimensions" values=${chosen} options=${options(cube.dimensions)} onChange=${setDimensions} />
    <div class="form">
      ${asked.dimensions
        .filter(({ name }) => grains(name).length > 0)
        .map(
          ({ name, grain }) =>
            html`<${Choice} key=${name} label=${`${labelOf(name)} by`} value=${grain ?? ''} options=${[{ value: '', label: 'As it is' }, ...grains(name).map((/** @type {string} */ each) => ({ value: each, label: labelOf(each) }))]} onChange=${(/** @type {string} */ value) => setGrain(name, value)} />`,
        )}
      ${
        cube.time !== null &&
        html`
          <${Input} label="From" type="date" value=${asked.from} onChange=${(/** @type {string} */ from) => set({ from })} />
          <${Input} label="To (included)" type="date" value=${asked.to} onChange=${(/** @type {string} */ to) => set({ to })} />
        `
      }
      <${Choice} label="Order by" value=${asked.order?.name ?? ''} options=${[{ value: '', label: 'Dimensions' }, ...asks.map((name) => ({ value: name, label: labelOf(name) }))]} onChange=${(/** @type {string} */ name) => set({ order: name === '' ? null : `${name}~desc` })} />
      ${asked.order !== null && html`<${Choice} label="Direction" value=${asked.order.direction} options=${[{ value: 'desc', label: 'Highest first' }, { value: 'asc', label: 'Lowest first' }]} onChange=${(/** @type {string} */ direction) => set({ order: `${asked.order?.name}~${direction}` })} />`}
      <${Input} label="Rows at most" type="number" value=${asked.limit} placeholder="500" onChange=${(/** @type {string} */ limit) => set({ limit })} />
    </div>
    <${Filters} cube=${cube} filters=${asked.filters} onChange=${setFilters} />
  `;
}

/** @param {{ cube: any, filters: import('./explorer-question.js').Filter[], onChange: (filters: import('./explorer-question.js').Filter[]) => void }} props */
function Filters({ cube, filters, onChange }) {
  const members = options([...cube.dimensions, ...cube.measures]);
  const replaced = (
    /** @type {number} */ index,
    /** @type {Partial<import('./explorer-question.js').Filter>} */ changes,
  ) => onChange(filters.map((filter, at) => (at === index ? { ...filter, ...changes } : filter)));
  return html`<fieldset class="filters">
    <legend>Filters</legend>
    ${filters.map(
      (filter, index) =>
        html`<div class="form" key=${index}>
          <${Choice} label="Of" value=${filter.name} options=${members} onChange=${(/** @type {string} */ name) => replaced(index, { name })} />
          <${Choice} label="Which" value=${filter.operator} options=${OPERATORS} onChange=${(/** @type {string} */ operator) => replaced(index, { operator })} />
          ${
            !/null$/.test(filter.operator) &&
            html`<${Input} label="Values, with commas between" value=${filter.values.join(', ')} onChange=${(
              /** @type {string} */ text,
            ) =>
              replaced(index, {
                values: text
                  .split(',')
                  .map((each) => each.trim())
                  .filter((each) => each !== ''),
              })} />`
          }
          <button type="button" class="quiet" onClick=${() => onChange(filters.filter((_, at) => at !== index))}>Remove</button>
        </div>`,
    )}
    <button type="button" class="quiet" onClick=${() => onChange([...filters, { name: cube.dimensions[0]?.name ?? cube.measures[0]?.name, operator: 'equals', values: [] }])}>Add a filter</button>
  </fieldset>`;
}
