import { MODEL_FAILPOINTS } from '../../runtime/failpoint.ts';
import type { Random } from '../../warehouse/testing/random.ts';
import type { ShopTable } from '../../warehouse/testing/shop.ts';
import { SOURCES } from './services.ts';

/** What happens in one round, beside its changes. */
export interface Round {
  readonly transactions: number;
  /** Of each transaction. */
  readonly changes: number;
  /** Sources whose positions stay where they were, though their rows are loaded. */
  readonly held: ReadonlySet<string>;
  /** An order comes before its customer and its product. */
  readonly isAhead: boolean;
  /** Sources whose last transactions are handed over once more. */
  readonly redelivered: readonly string[];
  /** A table whose replica is built anew. */
  readonly resync: ShopTable | null;
  /** A source that is copied anew meanwhile. */
  readonly isCopiedAnew: string | null;
  /** What happens to whoever keeps the models. */
  readonly modeller: 'goes on' | 'restarted' | 'rows lost' | 'folds';
  /** As `armFailpoint` takes it. */
  readonly failpoint: string | null;
  /** The same for the process that takes the place of the one that is killed. */
  readonly laterFailpoint: string | null;
  /** Where it is killed, the round's changes are undone before the next process goes on. */
  readonly isUndone: boolean;
}

const RESYNCED: readonly ShopTable[] = [
  'orders',
  'order_items',
  'refunds',
  'products',
  'exchange_rates',
  'user_events',
];
const OF_A_BUILD = /tables-created|sources-read|table-built|build-/;
const OF_A_FOLD = /fold-/;
/** Passed more than once in a batch. */
const REPEATED = /rows-kept|facts-written|cube-written|table-built|fold-/;
const PLACES_AFTER_A_CRASH = ['models.batch-followed', 'models.batch-given-up'] as const;

export function planRound(random: Random, number: number): Round {
  const oneIn = (n: number): boolean => random.below(n) === 0;
  const isAhead = oneIn(3);
  const held = new Set(isAhead ? ['user', 'inventory'] : SOURCES.filter(() => oneIn(4)));
  const draw = random.below(20);
  const modeller = draw === 0 ? 'rows lost' : draw <= 2 ? 'folds' : draw <= 5 ? 'restarted' : 'goes on';
  const failpoint =
    oneIn(3) || modeller === 'rows lost' || modeller === 'folds' ? randomFailpoint(random, modeller) : null;
  const transactions = 1 + random.below(2);
  const changes = 1 + random.below(number === 0 ? 60 : 25);
  return {
    transactions,
    changes,
    held,
    isAhead,
    redelivered: oneIn(3) ? [random.pick(SOURCES)] : [],
    resync: oneIn(8) ? random.pick(RESYNCED) : null,
    // Nothing is built while a source is of no one moment.
    isCopiedAnew: oneIn(12) && modeller !== 'rows lost' ? random.pick(SOURCES) : null,
    modeller,
    failpoint,
    laterFailpoint: oneIn(2) ? `${placeAfter(failpoint)}=kill@1` : null,
    isUndone: changes % 2 === 0,
  };
}

export function randomFailpoint(random: Random, modeller: Round['modeller']): string {
  const places = MODEL_FAILPOINTS.filter(
    (place) =>
      OF_A_BUILD.test(place) === (modeller === 'rows lost') &&
      (OF_A_FOLD.test(place) ? modeller === 'folds' : modeller !== 'folds') &&
      !PLACES_AFTER_A_CRASH.some((later) => later === place),
  );
  const place = random.pick(places);
  // What fails in a build or a fold ends the process as well.
  const action = modeller === 'goes on' && random.below(3) === 0 ? 'fail' : 'kill';
  return `${place}=${action}@${1 + random.below(REPEATED.test(place) ? 6 : 1)}`;
}

/** A batch whose watermark is out is followed, any other is given up. */
function placeAfter(failpoint: string | null): (typeof PLACES_AFTER_A_CRASH)[number] {
  const isPublished = failpoint?.startsWith('models.watermark-published') ?? false;
  return isPublished ? 'models.batch-followed' : 'models.batch-given-up';
}
