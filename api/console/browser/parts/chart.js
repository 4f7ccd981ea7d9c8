import { html } from 'htm/preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { compactText } from '../exact/show.js';

/** Observable Plot, which is loaded as a script before the modules. */
export const Plot = /** @type {any} */ (globalThis).Plot;

/** Told apart by people who see colours differently, in both schemes; the sheet says which colours they are. */
export const SERIES = Array.from({ length: 8 }, (_, index) => `var(--series-${index + 1})`);
export const OTHER = 'var(--series-other)';

/**
 * A picture of numbers that stand beside it in a table, too: `label` says what of.
 * @param {{ label: string, height?: number, options: Record<string, unknown>, onPick?: (datum: any) => void }} props
 */
export function Chart({ label, height = 280, options, onPick }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [width, setWidth] = useState(0);

  useEffect(() => {
    const element = /** @type {HTMLDivElement} */ (frame.current);
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    if (width === 0) return;
    const plot = Plot.plot({
      width,
      height,
      marginLeft: 52,
      marginRight: 12,
      marginTop: 18,
      insetTop: 4,
      ...options,
      y: { grid: true, tickFormat: compactText, ticks: 5, label: null, .../** @type {any} */ (options.y ?? {}) },
      x: { label: null, .../** @type {any} */ (options.x ?? {}) },
    });
    // The frame says what it is; the labels that Plot gives its groups (rect, rule) say nothing.
    plot.setAttribute('aria-hidden', 'true');
    if (onPick) {
      plot.style.cursor = 'pointer';
      plot.addEventListener('click', () => plot.value && onPick(plot.value));
    }
    frame.current?.replaceChildren(plot);
    return () => plot.remove();
  }, [width, height, options]);

  return html`<div class="chart" role="img" aria-label=${label} ref=${frame} style=${{ minHeight: `${height}px` }}></div>`;
}

/** @param {{ entries: { name: string, colour: string, note?: string }[] }} props */
export function Legend({ entries }) {
  return html`<ul class="legend">
    ${entries.map(
      ({ name, colour, note }) =>
        html`<li key=${name}><span class="swatch" style=${{ background: colour }}></span>${name}${note && html` <span class="note">${note}</span>`}</li>`,
    )}
  </ul>`;
}

/** A line without axes, for tiles. @param {{ label: string, values: number[], isOpen?: boolean }} props */
export function Spark({ label, values, isOpen = false }) {
  if (values.length < 2) return null;
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  const x = (/** @type {number} */ index) => ((index / (values.length - 1)) * 118 + 1).toFixed(1);
  const y = (/** @type {number} */ value) => (30 - ((value - low) / (high - low || 1)) * 28).toFixed(1);
  const points = values.map((value, index) => `${x(index)},${y(value)}`);
  const whole = isOpen ? points.slice(0, -1) : points;
  return html`<svg class="spark" viewBox="0 0 120 32" role="img" aria-label=${label} preserveAspectRatio="none">
    <polygon points=${`${x(0)},31 ${whole.join(' ')} ${x(whole.length - 1)},31`} class="spark-area" />
    <polyline points=${whole.join(' ')} class="spark-line" />
    ${isOpen && html`<polyline points=${points.slice(-2).join(' ')} class="spark-line open" />`}
  </svg>`;
}
