import { expect, test } from 'vitest';
import { Random } from '../random.ts';
import { takeTurns } from './turns.ts';

/** Three participants that act as often as they are told; answers in which order. */
async function orderOf(seed: number, turns: readonly number[]): Promise<string> {
  let order = '';
  let acting = 0;
  const participants = takeTurns(new Random(seed, 'turns'), turns.length);
  await Promise.all(
    participants.map(async (participant, index) => {
      for (let i = 0; i < (turns[index] ?? 0); i++) {
        await participant.turn();
        expect(++acting).toBe(1);
        order += index;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 2));
        acting--;
      }
      participant.leave();
    }),
  );
  return order;
}

test('draws the same order again from the same seed, one at a time', async () => {
  const order = await orderOf(7, [10, 10, 10]);
  expect(order).toHaveLength(30);
  expect(await orderOf(7, [10, 10, 10])).toBe(order);
  expect(await orderOf(8, [10, 10, 10])).not.toBe(order);
});

test('goes on when one has left, or never began', async () => {
  expect((await orderOf(1, [0, 3, 5])).replaceAll(/[^2]/g, '')).toBe('22222');
});
