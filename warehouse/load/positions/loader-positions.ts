import type { CaptureState } from '../../../changelog/change-log.ts';
import { versionFloor } from '../../../changelog/version.ts';
import { isCopied, type SourcePositions } from './source-positions.ts';

/**
 * For a loader that has a part of a source: what concerns the whole is written down elsewhere, and only remembered here.
 * `save` says how far the models can have come.
 */
export function createLoaderPositions(): SourcePositions & { takeShapeChanges(): number } {
  let state: CaptureState | null = null;
  let lsn = 0n;
  let shapes = 0;
  return {
    captureState: () => state,
    async saveCaptureState(saved) {
      state = saved;
    },
    async save(position) {
      lsn = position.lsn;
    },
    async saveTotals(position) {
      lsn = position.lsn;
    },
    count() {},
    isCopied: (table) => isCopied(state, table),
    reachedLsn: () => lsn,
    floor: () => versionFloor(state?.epoch ?? 1, lsn).toString(),
    async changeShape() {
      shapes++;
    },
    takeShapeChanges() {
      const taken = shapes;
      shapes = 0;
      return taken;
    },
  };
}
