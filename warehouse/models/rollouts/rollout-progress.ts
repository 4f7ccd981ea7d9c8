import type { BuildState } from '../build-state.ts';
import type { RolloutProgress } from './rollout.ts';

/** Of what is built since it was begun, or gone on with: how long the rest takes at that rate. */
export function createRate(nowMs: () => number): (state: BuildState) => RolloutProgress {
  let first: { atMs: number; keysDone: number } | null = null;
  return (state) => {
    const atMs = nowMs();
    if (first === null || state.keysDone < first.keysDone) first = { atMs, keysDone: state.keysDone };
    const done = state.keysDone - first.keysDone;
    const left = state.keysTotal - state.keysDone;
    if (left === 0) return { ...state, secondsLeft: 0 };
    const secondsLeft = done === 0 ? null : Math.round((left * (atMs - first.atMs)) / done / 1000);
    return { ...state, secondsLeft };
  };
}
