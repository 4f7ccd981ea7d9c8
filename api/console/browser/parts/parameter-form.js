import { html } from 'htm/preact';
import { choicesOf } from '../answers/openapi.js';
import { labelOf } from '../exact/show.js';
import { Choice, Input, optionsOf, Several, Texts } from './controls.js';

/**
 * A field for each parameter that the server documents; what is absent has the server's own default.
 * @param {{ parameters: import('../answers/openapi.js').Parameter[], query: URLSearchParams, onChange: (changes: import('../address.js').Changes) => void }} props
 */
export function ParameterForm({ parameters, query, onChange }) {
  return html`<div class="form">
    ${parameters.map((parameter) => html`<${Field} key=${parameter.name} parameter=${parameter} query=${query} onChange=${onChange} />`)}
  </div>`;
}

/** @param {{ parameter: import('../answers/openapi.js').Parameter, query: URLSearchParams, onChange: (changes: import('../address.js').Changes) => void }} props */
function Field({ parameter, query, onChange }) {
  const { name, description, schema, isList } = parameter;
  const label = labelOf(name);
  const values = query.getAll(name).flatMap((value) => (choicesOf(parameter).length > 0 ? value.split(',') : value));
  const choices = choicesOf(parameter).filter((value) => value !== null);
  const become = (/** @type {string | string[]} */ value) => onChange({ [name]: value });
  if (isList && choices.length > 0) {
    return html`<${Several} label=${label} title=${description} values=${values} options=${optionsOf(choices)} onChange=${become} />`;
  }
  if (isList) return html`<${Texts} label=${label} title=${description} values=${values} onChange=${become} />`;
  const value = values[0] ?? '';
  const fallback = schema.default === undefined ? 'default' : labelOf(String(schema.default));
  const given = choices.length > 0 ? choices : typeOf(schema) === 'boolean' ? ['true', 'false'] : [];
  if (given.length > 0) {
    const options = [
      { value: '', label: fallback === 'default' ? '–' : `${fallback} (default)` },
      ...optionsOf(given.map(String)),
    ];
    return html`<${Choice} label=${label} title=${description} value=${value} options=${options} onChange=${become} />`;
  }
  const type =
    schema.format === 'date'
      ? 'date'
      : typeOf(schema) === 'integer' && schema.maximum !== undefined
        ? 'number'
        : 'text';
  const placeholder = schema.default === undefined ? '' : String(schema.default);
  return html`<${Input} label=${label} title=${description} type=${type} value=${value} placeholder=${placeholder} onChange=${become} />`;
}

/** @param {any} schema */
function typeOf(schema) {
  return Array.isArray(schema.type) ? schema.type.find((/** @type {string} */ each) => each !== 'null') : schema.type;
}
