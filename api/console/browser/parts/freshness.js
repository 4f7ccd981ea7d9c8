import { html } from 'htm/preact';
import { useAddress } from '../address.js';
import { useLive } from '../answers/live.js';
import { stillSince } from '../answers/still-since.js';
import { durationText, momentText } from '../exact/show.js';

/** What every number on the page is true for, and how to hold it still. */
export function Freshness() {
  const { lag, problem, newest } = useLive();
  const { query, href } = useAddress();
  const asOf = query.get('as_of');
  // Who may not see the lag sees what the answers say of themselves.
  const meta = lag?.meta ?? (problem?.status === 403 ? newest : null);
  if (meta === null) {
    return html`<p class="freshness">
      <span class="dot ${problem === null || problem.status === 403 ? 'waiting' : 'bad'}"></span>
      ${problem === null ? 'Asking the server …' : problem.status === 403 ? '' : problem.title}
    </p>`;
  }
  const { published_at: publishedAt, lag_seconds: lagSeconds } = meta;
  const watermark = meta.watermark?.text ?? null;
  const behind = lagSeconds === null ? null : +lagSeconds;
  const still = lag !== null && (stillSince(lag) !== null || problem !== null);
  return html`<p class="freshness">
    ${
      asOf === null
        ? html`<span class="dot ${still ? 'bad' : 'good'}"></span>
          <span>${
            watermark === null
              ? 'Nothing is published yet'
              : html`<strong>${still ? 'Stands still' : 'Live'}</strong> · watermark <span class="digits">${watermark}</span><span class="wide"> · published ${momentText(publishedAt)}</span> · ${durationText(behind)} behind`
          }</span>
          ${watermark !== null && html`<a class="quiet" href=${href({ as_of: watermark })} title="Every number stays as it is at this watermark; the address can be shared.">Hold still</a>`}`
        : html`<span class="dot waiting"></span>
          <span><strong>Held</strong> at ${/^\d+$/.test(asOf) ? 'watermark ' : ''}<span class="digits">${asOf}</span></span>
          <a class="quiet" href=${href({ as_of: null })}>Follow the newest</a>`
    }
  </p>`;
}

/** Says when the numbers do not move any more, since when, and which source holds them. */
export function StaleNote() {
  const { lag, problem, answeredAt } = useLive();
  if (lag !== null && problem !== null) {
    return html`<aside class="stale" role="status">
      <strong>${problem.title}</strong> since ${momentText(new Date(answeredAt ?? 0).toISOString())}. The numbers are those it gave before.
    </aside>`;
  }
  const still = lag === null ? null : stillSince(lag);
  if (still === null) return null;
  return html`<aside class="stale" role="status">
    <strong>The reports stand still</strong> since ${momentText(still.since)} (${durationText(still.seconds)}).
    ${
      still.held.length > 0 &&
      html` Held by ${still.held.map(({ why, sources }) => `${sources.join(', ')}: ${why}`).join('; ')}. <a href="/console/pipeline">See the pipeline</a>.`
    }
  </aside>`;
}
