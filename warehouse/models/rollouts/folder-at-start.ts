import { isUnderWay, type Rollout } from './rollout.ts';

/** With which folder the models are opened. */
export type FolderAtStart =
  /** The one on the disk. */
  | { readonly kind: 'own' }
  /** That of a rollout: live, or under way. Behind it, the one on the disk is taken up where `isOwnNext`. */
  | { readonly kind: 'kept'; readonly rollout: Rollout; readonly isOwnNext: boolean };

/**
 * A folder on the disk is taken up when it is another one than at the last rollout, whoever asked for that: what was rolled
 * back, failed, or was replaced from elsewhere, does not come back by a restart. While rolled back, nothing does.
 */
export function folderAtStart(options: {
  /** The newest first. */
  rollouts: readonly Rollout[];
  /** Hash of the folder on the disk. */
  own: string;
}): FolderAtStart {
  const { rollouts, own } = options;
  const goingOn = currentRollout(rollouts);
  if (goingOn === null) return { kind: 'own' };
  const isOther = own !== rollouts[0]?.ownFolder && own !== goingOn.folder;
  return { kind: 'kept', rollout: goingOn, isOwnNext: isOther && goingOn.reason !== 'rollback' };
}

/** What is under way, else what readers see; null before the first. */
export function currentRollout(rollouts: readonly Rollout[]): Rollout | null {
  const [last] = rollouts;
  return last !== undefined && isUnderWay(last) ? last : liveRollout(rollouts);
}

/** What readers see. */
export function liveRollout(rollouts: readonly Rollout[]): Rollout | null {
  return rollouts.find(({ state }) => state === 'live') ?? null;
}

/** Where a rollback leads when it is not said: the last one before that readers saw, and that was not the same. */
export function formerRollout(rollouts: readonly Rollout[]): Rollout | null {
  const live = liveRollout(rollouts);
  if (live === null) return null;
  return (
    rollouts.find(({ state, number, folder }) => state === 'live' && number < live.number && folder !== live.folder) ??
    null
  );
}
