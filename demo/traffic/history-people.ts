import type { Random } from '../random.ts';
import { habitsOf } from './habits.ts';
import { type HistoryLog, Ids, timestamp } from './history-log.ts';
import type { HistoryTables } from './history-tables.ts';
import {
  ACQUISITION_CHANNELS,
  ACTIVITY_KINDS,
  DEVICES,
  FIRST_NAMES,
  LAST_NAMES,
  PLACES,
  type Place,
  SEGMENTS,
} from './vocabulary.ts';

interface PeopleOptions {
  random: Random;
  tables: HistoryTables['user'];
  log: HistoryLog;
  customers: number;
  products: number;
  fromMs: number;
  untilMs: number;
}

interface Person {
  readonly id: number;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** Purchases in a time, compared with those of others. */
  readonly pace: number;
  /** Newest last. */
  readonly places: readonly { fromMs: number; place: Place }[];
}

const DAY_MS = 86_400_000;

/** Customers who sign up over time, move, change segment, and come by. */
export class HistoryPeople {
  readonly #options: PeopleOptions;
  readonly #people: Person[];
  readonly #activityIds = new Ids();

  constructor(options: PeopleOptions) {
    this.#options = options;
    const { customers, fromMs, untilMs, random } = options;
    this.#people = Array.from({ length: customers }, (_, index) => {
      // The first twentieth was there before; the others come faster and faster.
      const share = Math.max(0, (index + random.unit()) / customers - 0.05) / 0.95;
      const sinceMs = Math.floor(fromMs + share ** 0.9 * (untilMs - fromMs));
      return this.#writePerson(index + 1, sinceMs);
    });
  }

  /** So many purchases in the order of time: everybody buys at their own pace, by chance, for as long as they stay. */
  purchases(count: number): { readonly customerId: number; readonly at: number }[] {
    const { random } = this.#options;
    const expected: number[] = [];
    let sum = 0;
    for (const { sinceMs, untilMs, pace } of this.#people) {
      sum += pace * (untilMs - sinceMs);
      expected.push(sum);
    }
    const all = Array.from({ length: count }, () => {
      const person = this.#people[firstAbove(expected, random.unit() * sum)]!;
      return { customerId: person.id, at: random.between(person.sinceMs, person.untilMs - 1) };
    });
    return all.sort((a, b) => a.at - b.at);
  }

  /** Where somebody lived then. */
  placeOf(customerId: number, ms: number): Place {
    const { places } = this.#people[customerId - 1]!;
    return (places.findLast(({ fromMs }) => fromMs <= ms) ?? places[0]!).place;
  }

  /** Somebody who had signed up by then; newcomers and old friends come by more often. */
  visitorAt(ms: number): number {
    const { random } = this.#options;
    const count = countUntil(this.#people, ms);
    const rank = random.chance(0.4) ? 1 - 0.2 * random.unit() : random.unit() ** 1.6;
    return this.#people[Math.min(count - 1, Math.floor(rank * count))]!.id;
  }

  /** A visit that ends around `ms`. */
  writeSession(userId: number, ms: number): void {
    const { random, tables, untilMs, products } = this.#options;
    const startedAt = ms - random.between(2, 30) * 60_000;
    const endedAt = ms + random.between(1, 10) * 60_000;
    const ip = `10.${random.between(0, 255)}.${random.between(0, 255)}.${random.between(1, 254)}`;
    const ended = endedAt <= untilMs ? timestamp(endedAt) : null;
    tables.sessions.add(random.uuid(), userId, timestamp(startedAt), ended, random.weighted(DEVICES), ip);
    for (let left = random.between(1, 3); left > 0; left--) {
      const at = random.between(startedAt, Math.min(ms, untilMs));
      const kind = random.weighted(ACTIVITY_KINDS);
      const payload = JSON.stringify({ product_id: random.between(1, products) });
      tables.activity.add(this.#activityIds.next(), userId, kind, timestamp(at), payload);
    }
  }

  #writePerson(id: number, sinceMs: number): Person {
    const { random, tables, log, untilMs } = this.#options;
    const places = [{ fromMs: sinceMs, place: random.pick(PLACES) }];
    let segment: string = random.weighted(SEGMENTS);
    let changedAt = sinceMs;
    log.completed(personEvent(id, 'registration', 'user_registered', sinceMs));
    for (let at = sinceMs + random.between(30, 1200) * DAY_MS; at < untilMs; at += random.between(200, 900) * DAY_MS) {
      if (random.chance(0.6)) {
        places.push({ fromMs: at, place: random.pick(PLACES) });
        log.completed(personEvent(id, 'profile_change', 'customer_moved', at));
      } else {
        segment = random.weighted(SEGMENTS);
        log.completed(personEvent(id, 'profile_change', 'segment_changed', at));
      }
      changedAt = at;
    }
    const [firstName, lastName] = [random.pick(FIRST_NAMES), random.pick(LAST_NAMES)];
    const email = `${firstName}.${lastName}.${id}@example.com`.toLowerCase();
    tables.users.add(id, email, random.chance(0.99) ? 'active' : 'closed', timestamp(sinceMs), timestamp(sinceMs));
    const { city, region, country } = places.at(-1)!.place;
    const phone = random.chance(0.7) ? `+1555${String(id).padStart(7, '0')}` : null;
    const about = [phone, city, region, country, segment, random.weighted(ACQUISITION_CHANNELS)] as const;
    tables.profiles.add(id, firstName, lastName, ...about, timestamp(changedAt));
    tables.userRoles.add(id, 1, timestamp(sinceMs));
    const { pace, staysMs } = habitsOf(id);
    return { id, sinceMs, untilMs: Math.min(untilMs, sinceMs + Math.max(DAY_MS, staysMs)), pace, places };
  }
}

function personEvent(id: number, sagaType: string, type: string, at: number) {
  return { sagaType, aggregateType: 'user', aggregateId: id, type, at };
}

/** How many of the people, who are in the order of their coming, had come by `ms`; at least one. */
function countUntil(people: readonly Person[], ms: number): number {
  let [low, high] = [1, people.length];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (people[middle - 1]!.sinceMs <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Of an ascending list: the first index whose value is above. */
function firstAbove(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ascending[middle]! > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
