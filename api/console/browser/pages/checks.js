import { html } from 'htm/preact';
import { useLive } from '../answers/live.js';
import { momentText, shown } from '../exact/show.js';
import { Card } from '../parts/card.js';

/** @param {any} results */
function verdictOf(results) {
  if (results == null) return { tone: 'waiting', text: 'not looked at yet' };
  const [failed, errors, warned, passed] = [results.failed, results.errors, results.warned, results.passed].map(Number);
  if (failed + errors > 0)
    return { tone: 'bad', text: `${failed + errors} of ${failed + errors + warned + passed} failed` };
  if (warned > 0) return { tone: 'waiting', text: `${warned} warned, ${passed} passed` };
  return { tone: 'good', text: `all ${passed} passed` };
}

/** @param {any} verification */
function verifiedOf(verification) {
  if (verification == null) return { tone: 'waiting', text: 'not verified yet' };
  const differing = +verification.differing_rows;
  return differing > 0
    ? { tone: 'bad', text: `${shown(verification.differing_rows)} rows differ` }
    : { tone: 'good', text: `${shown(verification.compared)} compared, none differs` };
}

/** Whether the numbers can be trusted: tests, freshness, verification, in a few lines. */
export function Checks() {
  const { lag } = useLive();
  if (lag === null) return null;
  const { tests, freshness, models_verification: verification, models } = lag.meta;
  const replicas = lag.data.map((/** @type {any} */ row) => row.verification).filter(Boolean);
  const lines = [
    { name: 'Tests of the models', since: tests?.since, ...verdictOf(tests) },
    { name: 'Freshness of the sources', since: freshness?.since, ...verdictOf(freshness) },
    { name: 'Models against their SQL', since: verification?.since, ...verifiedOf(verification) },
    {
      name: 'Replicas against their sources',
      since: replicas.map((/** @type {any} */ each) => each.since).sort()[0],
      ...(replicas.length === 0
        ? { tone: 'waiting', text: 'not verified yet' }
        : verifiedOf({
            compared: replicas.reduce((/** @type {number} */ sum, /** @type {any} */ each) => sum + +each.compared, 0),
            differing_rows: replicas.reduce(
              (/** @type {number} */ sum, /** @type {any} */ each) => sum + +each.differing_rows,
              0,
            ),
          })),
    },
    {
      name: 'Models',
      since: models?.since,
      ...(models == null
        ? { tone: 'waiting', text: 'none yet' }
        : models.last === null
          ? { tone: 'good', text: `version ${shown(models.version)}` }
          : {
              tone: models.last.state === 'failed' ? 'bad' : 'waiting',
              text: `version ${shown(models.version)}; ${shown(models.last.version)} is ${models.last.state}`,
            }),
    },
  ];
  const failing = [tests, freshness].flatMap((results) => results?.not_passed ?? []);
  return html`<${Card} title="Can it be trusted?" note="What was tested and verified, and when last.">
    <ul class="checks">
      ${lines.map(
        ({ name, since, tone, text }) =>
          html`<li key=${name}>
            <span class="dot ${tone}"></span>
            <span class="check-name">${name}</span>
            <span class="check-text">${text}${since && html`<br /><span class="note">since ${momentText(since)}</span>`}</span>
          </li>`,
      )}
    </ul>
    ${
      failing.length > 0 &&
      html`<details open>
        <summary>What did not pass</summary>
        <ul class="failing">
          ${failing.map((each) => html`<li key=${each.test}><strong>${each.test}</strong>${each.model && ` of ${each.model}`}: ${each.status}${each.failures !== null && `, ${shown(each.failures)} rows`}${each.detail && html`<br /><span class="note">${each.detail}</span>`}</li>`)}
        </ul>
      </details>`
    }
  <//>`;
}
