import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { Segments } from './controls.js';

const OPTIONS = [
  { value: 'system', label: 'Auto' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** As the system says, or as chosen; `theme.js` applies it on the next load. */
export function ColourSwitch() {
  const { dataset } = document.documentElement;
  const [colours, setColours] = useState(dataset.colours ?? 'system');
  const choose = (/** @type {string} */ value) => {
    if (value === 'system') {
      delete dataset.colours;
      localStorage.removeItem('millrace-colours');
    } else {
      dataset.colours = value;
      localStorage.setItem('millrace-colours', value);
    }
    setColours(value);
  };
  return html`<${Segments} label="Colours" value=${colours} options=${OPTIONS} onChange=${choose} />`;
}
