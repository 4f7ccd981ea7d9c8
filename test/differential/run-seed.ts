import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type LoadedPosition, readPositions } from '../../warehouse/load/positions/loaded-position.ts';
import { abortBatch } from '../../warehouse/models/store/aborted-batches.ts';
import { createRandom, type Random } from '../../warehouse/testing/random.ts';
import { randomRow } from '../../warehouse/testing/random-shop.ts';
import { type Row, SHOP_TABLES, type ShopTable } from '../../warehouse/testing/shop.ts';
import { CHECKS, CHECKS_OF_A_MOMENT, type Check, FOLDED_EVERY } from './checks.ts';
import type { Outcome } from './modeller-under-test.ts';
import { operate, orderAheadOfOthers } from './operations.ts';
import { planRound, type Round } from './plan-round.ts';
import { type PublishedAt, readPublishedAt } from './published-at.ts';
import { MODELS, type Stage } from './stage.ts';

export interface SeedResult {
  readonly seed: number;
  /** What the checks found: their names, and what differs. Empty when all is well. */
  readonly found: readonly { readonly check: string; readonly differences: readonly string[] }[];
  /** What happened, in its order. */
  readonly story: readonly string[];
  /** How often each thing happened. */
  readonly counts: ReadonlyMap<string, number>;
}

export interface SeedOptions {
  readonly stage: Stage;
  readonly seed: number;
  /** Rounds of changes, each taken over in one batch or more. */
  readonly rounds?: number;
}

const POPULATION = 160;
const MANY_STEPS = 200;

/** Plays one seed over a stage, from empty services on, and compares. */
export async function runSeed({ stage, seed, rounds = 4 }: SeedOptions): Promise<SeedResult> {
  const { services, modeller, warehouse } = stage;
  const { client } = warehouse;
  const random = createRandom(seed);
  const counts = new Map<string, number>();
  const story: string[] = [];
  const found: SeedResult['found'][number][] = [];
  const seen = new Map<string, ReadonlyMap<string, string>>();
  /** As the modeller was told them last, by source. */
  const told = new Map<string, LoadedPosition>();
  let generation = -1;
  let armed: string | null = null;

  function count(what: string): void {
    counts.set(what, (counts.get(what) ?? 0) + 1);
    story.push(what);
  }

  async function check(checks: readonly Check[], isSettled: boolean): Promise<void> {
    const published = await readPublishedAt(client);
    if (published === null || found.length > 0) return;
    if (published.generation !== generation) seen.clear();
    generation = published.generation;
    const { target, project, shapes } = stage;
    const scene = { client, target, project, services, shapes, published, seen, isSettled };
    for (const { name, run } of checks) {
      const differences = await run(scene);
      if (differences.length > 0)
        found.push({ check: name, differences: [`at ${published.watermark}`, ...differences] });
    }
  }

  async function open(): Promise<void> {
    for (let again = true; again; ) {
      const outcome = await modeller.open(MODELS);
      if (outcome.kind === 'failed') throw new Error(outcome.error);
      again = outcome.kind === 'died';
      if (outcome.kind === 'died') await met(outcome);
    }
  }

  /** A process died: readers go on seeing whole states. */
  async function met(outcome: Extract<Outcome, { kind: 'died' }>): Promise<void> {
    if (outcome.signal !== 'SIGKILL') throw new Error(`the modeller ended by ${outcome.signal}`);
    count(`killed at ${armed}`);
    armed = null;
    await check(CHECKS_OF_A_MOMENT, false);
  }

  /** Of sources that are held back as they were told last. */
  async function positionsBut(held: ReadonlySet<string>): Promise<LoadedPosition[]> {
    const positions = (await readPositions(client)).map((position) => {
      const before = told.get(position.source);
      return held.has(position.source) && before !== undefined ? before : position;
    });
    for (const position of positions) told.set(position.source, position);
    return positions;
  }

  /** Takes everything over up to the positions; a process that dies of it is replaced. */
  async function takeOver(held: ReadonlySet<string>, round: Partial<Round> = {}): Promise<void> {
    let later = round.laterFailpoint ?? null;
    let isUndone = round.isUndone ?? false;
    let positions = await positionsBut(held);
    /** What the batch that was cut short had changed is as it was before. */
    async function undo(): Promise<void> {
      services.undo();
      await services.commit();
      count('undone after a crash');
      positions = await positionsBut(new Set());
    }
    for (let step = 0; step < MANY_STEPS; step++) {
      const outcome = await modeller.advance(positions);
      if (outcome.kind === 'done') {
        if (outcome.stopped.length > 0) throw new Error(`stopped: ${outcome.stopped.join('; ')}`);
        if (outcome.watermark === null) return;
      } else if (outcome.kind === 'died') {
        await met(outcome);
        if (isUndone) await undo();
        isUndone = false;
        if (later !== null) await arm(later);
        later = null;
        await open();
      } else if (outcome.error.includes('failpoint models.')) {
        count(`failed at ${armed}`);
        armed = null;
        await check(CHECKS_OF_A_MOMENT, false);
      } else {
        throw new Error(outcome.error);
      }
    }
    throw new Error('the models are not done with what was loaded');
  }

  try {
    // From here on nothing is left of an earlier seed.
    for (const table of Object.keys(SHOP_TABLES) as ShopTable[]) {
      for (const key of [...services.rows(table).keys()]) services.remove(table, key);
    }
    for (let n = 0; n < POPULATION; n++) operate(services, random);
    await services.commit();
    if (!modeller.isOpen()) await open();
    await takeOver(new Set());
    for (let n = 0; n < rounds && found.length === 0; n++) await play(planRound(random, n));
    if (found.length === 0) {
      await services.commit();
      await takeOver(new Set());
      await check(CHECKS, true);
    }
  } catch (error) {
    found.push({
      check: 'goes on',
      differences: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    });
  }
  return { seed, found, story, counts };

  async function play(round: Round): Promise<void> {
    story.push(`round of ${round.changes}`);
    services.remember();
    const { held } = round;
    if (round.isCopiedAnew !== null) {
      count('source copied anew');
      await services.copyAnew(round.isCopiedAnew, false);
    }
    for (let n = 0; n < round.transactions; n++) {
      for (const source of round.redelivered) if (services.redeliver(source, 2) > 0) count('batch delivered again');
      for (let i = 0; i < round.changes; i++) {
        const done = operate(services, random);
        if (done !== null) count(done);
      }
      if (n === 0 && round.isAhead) orderAheadOfOthers(services, random);
      await services.commit();
    }
    const changed = services.changedSources();
    for (const source of held) if (changed.has(source)) count('source held back');
    if (round.isAhead && held.has('user') && held.has('inventory')) count('order before its customer and product');
    if (round.resync !== null) await resync(round.resync, random);
    await meetModeller(round);
    await takeOver(held, round);
    if (round.isCopiedAnew !== null) {
      await check(CHECKS_OF_A_MOMENT, false);
      await services.copyAnew(round.isCopiedAnew, true);
      await services.commit();
    }
  }

  async function resync(table: ShopTable, random: Random): Promise<void> {
    const edits = new Map<string, Row | null>();
    for (const key of services.rows(table).keys()) {
      const draw = random.below(6);
      if (draw === 0) edits.set(key, null);
      if (draw === 1) edits.set(key, randomRow(table, key.split('\t'), random));
    }
    const keepsOld = random.below(3) > 0;
    // The models are as far as the old replica, or behind it.
    await services.resync(table, {
      keepsOld,
      edits,
      beforeExchange: () => (keepsOld ? takeOver(new Set()) : Promise.resolve()),
    });
    count('resync');
  }

  /** What happens to whoever keeps the models, before the round is taken over. */
  async function meetModeller(round: Round): Promise<void> {
    if (round.modeller === 'rows lost') {
      await modeller.kill();
      await rm(join(warehouse.config.stateFolder, 'models'), { recursive: true, force: true });
      count('row store lost');
      if (round.failpoint !== null) await arm(round.failpoint);
      await open();
      // What was built is of the positions as they are.
      told.clear();
      return;
    }
    if (round.modeller === 'folds') {
      // The next batch but one has the number at which they are: those between count as given up.
      const published = (await readPublishedAt(client)) as PublishedAt;
      const next = (BigInt(published.watermark) / FOLDED_EVERY + 1n) * FOLDED_EVERY;
      await abortBatch(client, (next - 1n).toString());
      count('folded');
      if (round.failpoint !== null) await arm(round.failpoint);
      await open();
      return;
    }
    if (round.modeller === 'restarted') {
      count('models restarted');
      await open();
    }
    if (round.failpoint !== null) await arm(round.failpoint);
  }

  async function arm(failpoint: string): Promise<void> {
    await modeller.arm(failpoint);
    armed = failpoint.slice(0, failpoint.indexOf('='));
    story.push(`armed ${failpoint}`);
  }
}
