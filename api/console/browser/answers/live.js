import { useEffect, useState } from 'preact/hooks';
import { ask, Refused } from './ask.js';

/** The lag is asked for at this pace while somebody looks, everything else when the watermark has moved. */
const POLL_MS = 5_000;
/** As long as nothing is published somebody waits for it. */
const POLL_EMPTY_MS = 2_000;
/** Who may not see the lag asks for everything at this pace; what did not change is not sent again. */
const POLL_WITHOUT_LAG_MS = 15_000;

/**
 * @typedef {{
 *   lag: import('./ask.js').Answer | null,
 *   problem: import('./ask.js').Problem | null,
 *   watermark: string | null,
 *   answeredAt: number | null,
 *   newest: any,
 *   beat: number,
 *   asked: number,
 * }} Live `newest`: `meta` of the last answer at the newest state; `beat` moves when there may be another; `asked` when somebody wants
 *   everything to be asked anew
 */

/** @type {Live} */
let state = { lag: null, problem: null, watermark: null, answeredAt: null, newest: null, beat: 0, asked: 0 };
const listeners = new Set();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let asking = false;

/** @param {Partial<Live>} changes */
function become(changes) {
  state = { ...state, ...changes };
  for (const listener of listeners) listener(state);
}

async function poll() {
  clearTimeout(timer);
  if (asking || document.hidden) return;
  asking = true;
  try {
    const lag = await ask({ path: '/v1/lag' }, AbortSignal.timeout(20_000));
    const watermark = lag.meta.watermark?.text ?? null;
    // After a problem everything is asked anew: some of it may have failed with it.
    const isSame = watermark === state.watermark && state.problem === null;
    const beat = isSame ? state.beat : state.beat + 1;
    become({ lag, problem: null, watermark, beat, answeredAt: Date.now() });
  } catch (error) {
    if (error instanceof Refused) {
      const isForbidden = error.problem.status === 403;
      become({ problem: error.problem, ...(isForbidden && { lag: null, beat: state.beat + 1 }) });
    }
  } finally {
    asking = false;
    timer = setTimeout(poll, paceOf(state));
  }
}

/** @param {Live} live */
function paceOf({ problem, watermark }) {
  if (problem?.status === 403) return POLL_WITHOUT_LAG_MS;
  return problem === null && watermark === null ? POLL_EMPTY_MS : POLL_MS;
}

export function startLive() {
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) void poll();
  });
  for (const change of ['online', 'offline']) addEventListener(change, () => void poll());
  void poll();
}

/** What an answer says of the newest state. @param {any} meta */
export function noteNewest(meta) {
  if (meta?.watermark !== undefined && meta.watermark?.text !== state.newest?.watermark?.text) become({ newest: meta });
}

/** Everything that is shown is asked for once more, with another key or after a problem. */
export function askAnew() {
  become({ asked: state.asked + 1 });
  void poll();
}

export function useLive() {
  const [live, setLive] = useState(state);
  useEffect(() => {
    listeners.add(setLive);
    setLive(state);
    return () => void listeners.delete(setLive);
  }, []);
  return live;
}
