import type { GroupMemberFacts } from '../client/kafka-group.ts';

/**
 * Shares units out among the members of a group: each has as many as any other, or one more, and keeps what it has as far
 * as that allows. A unit that has to move is given to nobody until its owner has let go of it and joined again, so that
 * everything else goes on meanwhile.
 */
export function assignUnits(
  members: readonly GroupMemberFacts[],
  units: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const wanted = new Set(units);
  const owners = new Map<string, string>();
  const kept = new Map<string, string[]>();
  const inOrder = [...members].sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const { id, owned } of inOrder) {
    const own = owned.filter((unit) => wanted.has(unit) && !owners.has(unit));
    for (const unit of own) owners.set(unit, id);
    kept.set(id, own.sort());
  }
  // Who has most keeps the one more that some are due.
  const byOwned = [...inOrder].sort((a, b) => (kept.get(b.id)?.length ?? 0) - (kept.get(a.id)?.length ?? 0));
  const least = Math.floor(units.length / Math.max(1, members.length));
  const withOneMore = units.length - least * members.length;
  const free = [...units].filter((unit) => !owners.has(unit)).sort();
  const shares = new Map<string, string[]>();
  for (const [i, { id }] of byOwned.entries()) {
    const due = least + (i < withOneMore ? 1 : 0);
    const share = (kept.get(id) ?? []).slice(0, due);
    shares.set(id, [...share, ...free.splice(0, due - share.length)]);
  }
  return shares;
}
