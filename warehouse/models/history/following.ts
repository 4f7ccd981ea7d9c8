import type { RowStoreState } from '../rows/row-store.ts';
import type { TableVersion } from '../versions/deployment.ts';
import type { PlacedHistory } from './placed-history.ts';

interface Standing {
  readonly histories: readonly PlacedHistory[];
  /** What readers see. */
  readonly live: readonly TableVersion[];
  readonly state: Pick<RowStoreState, 'followed'>;
}

/** The table that readers see of the model which a history follows; null where there is none. */
export function tableFollowed({ relation }: PlacedHistory, live: readonly TableVersion[]): string | null {
  return live.find(({ placed }) => placed.model.name === relation)?.placed.id ?? null;
}

/** What a history that follows a table says about it: on another table, or by other columns, it is another one. */
export function followedAs({ checked }: PlacedHistory, table: string): string {
  return JSON.stringify([table, checked]);
}

/** Histories that have taken over the rows of the table that readers see: each change of it is theirs. */
export function following({ histories, live, state }: Standing): { history: PlacedHistory; table: string }[] {
  return histories.flatMap((history) => {
    const table = tableFollowed(history, live);
    return table !== null && state.followed?.[history.id] === followedAs(history, table) ? [{ history, table }] : [];
  });
}

/** Histories that have to be joined with their model before they can follow it. */
export function toJoin(
  options: Standing & {
    /** Ids of tables, and of histories. */
    stopped: ReadonlySet<string>;
  },
): { history: PlacedHistory; table: string }[] {
  const { histories, live, state, stopped } = options;
  return histories.flatMap((history) => {
    const table = tableFollowed(history, live);
    if (table === null || stopped.has(table) || stopped.has(history.id)) return [];
    return state.followed?.[history.id] === followedAs(history, table) ? [] : [{ history, table }];
  });
}

/** What all histories follow when some have joined: those that stopped follow nothing. */
export function nowFollowed(options: {
  followed: RowStoreState['followed'];
  joined: readonly { readonly history: PlacedHistory; readonly table: string }[];
  stopped: ReadonlySet<string>;
}): Record<string, string> {
  const { followed, joined, stopped } = options;
  const now = joined.map(({ history, table }) => [history.id, followedAs(history, table)]);
  const all: Record<string, string> = { ...followed, ...Object.fromEntries(now) };
  return Object.fromEntries(Object.entries(all).filter(([id]) => !stopped.has(id)));
}
