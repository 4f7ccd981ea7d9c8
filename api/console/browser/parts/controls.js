import { html } from 'htm/preact';
import { useEffect, useState } from 'preact/hooks';
import { labelOf } from '../exact/show.js';

/** @typedef {{ value: string, label: string }} Option */

/** @param {readonly string[]} values @returns {Option[]} */
export function optionsOf(values) {
  return values.map((value) => ({ value, label: labelOf(value) }));
}

/** @param {{ label: string, value: string, options: Option[], title?: string, onChange: (value: string) => void }} props */
export function Choice({ label, value, options, title, onChange }) {
  return html`<label class="field" title=${title}>
    <span>${label}</span>
    <select value=${value} onChange=${(/** @type {any} */ event) => onChange(event.target.value)}>
      ${options.map((option) => html`<option key=${option.value} value=${option.value} selected=${option.value === value}>${option.label}</option>`)}
    </select>
  </label>`;
}

/** A few values side by side. @param {{ label: string, value: string, options: Option[], onChange: (value: string) => void }} props */
export function Segments({ label, value, options, onChange }) {
  return html`<fieldset class="segments">
    <legend class="hidden">${label}</legend>
    ${options.map(
      (option) =>
        html`<label key=${option.value} class=${option.value === value ? 'chosen' : ''}>
          <input
            type="radio"
            name=${`segments-${label}`}
            value=${option.value}
            checked=${option.value === value}
            onChange=${() => onChange(option.value)}
          />${option.label}
        </label>`,
    )}
  </fieldset>`;
}

/**
 * Text, a number or a day; it counts when it is left or confirmed, not with every key.
 * @param {{ label: string, value: string, type?: string, title?: string, list?: string[], placeholder?: string, onChange: (value: string) => void }} props
 */
export function Input({ label, value, type = 'text', title, list, placeholder, onChange }) {
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  const id = list === undefined ? undefined : `list-${label.replace(/\W+/g, '-')}`;
  return html`<label class="field" title=${title}>
    <span>${label}</span>
    <input
      type=${type}
      value=${text}
      list=${id}
      placeholder=${placeholder}
      onInput=${(/** @type {any} */ event) => setText(event.target.value)}
      onChange=${(/** @type {any} */ event) => onChange(event.target.value.trim())}
    />
    ${list && html`<datalist id=${id}>${list.map((each) => html`<option key=${each} value=${each}></option>`)}</datalist>`}
  </label>`;
}

/** Several of a list. @param {{ label: string, values: readonly string[], options: Option[], title?: string, onChange: (values: string[]) => void }} props */
export function Several({ label, values, options, title, onChange }) {
  const toggle = (/** @type {string} */ value) =>
    onChange(values.includes(value) ? values.filter((each) => each !== value) : [...values, value]);
  return html`<fieldset class="several" title=${title}>
    <legend>${label}</legend>
    ${options.map(
      (option) =>
        html`<label key=${option.value} class=${values.includes(option.value) ? 'chip chosen' : 'chip'}>
          <input type="checkbox" checked=${values.includes(option.value)} onChange=${() => toggle(option.value)} />${option.label}
        </label>`,
    )}
  </fieldset>`;
}

/** Any texts, one by one. @param {{ label: string, values: readonly string[], known?: string[], title?: string, onFocus?: () => void, onChange: (values: string[]) => void }} props */
export function Texts({ label, values, known = [], title, onFocus, onChange }) {
  const add = (/** @type {string} */ text) => {
    if (text !== '' && !values.includes(text)) onChange([...values, text]);
  };
  return html`<div class="texts" onFocusIn=${onFocus}>
    <${Input} label=${label} title=${title} value="" placeholder=${values.length === 0 ? 'all' : 'and ...'} list=${known} onChange=${add} key=${values.join('\0')} />
    ${values.map(
      (value) =>
        html`<button type="button" key=${value} class="chip chosen" aria-label=${`${label}: without ${value}`} onClick=${() => onChange(values.filter((each) => each !== value))}>
          ${value} <span aria-hidden="true">×</span>
        </button>`,
    )}
  </div>`;
}
