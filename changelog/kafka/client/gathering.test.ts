import { expect, test } from 'vitest';
import { createGathering } from './gathering.ts';

const never = () => false;

test('asks at once for what gathered while an answer was awaited, and tells each its own', async () => {
  const asked: number[][] = [];
  const double = createGathering<number, number>(async (items) => {
    asked.push([...items]);
    await new Promise((resolve) => setImmediate(resolve));
    return items.map((item) => item * 2);
  }, never);
  const answers = await Promise.all([double([1]), double([2, 3]), double([]), double([4])]);
  expect(answers).toEqual([[2], [4, 6], [], [8]]);
  expect(asked).toEqual([[1], [2, 3, 4]]);
});

test('what one of them is refused hinders no other', async () => {
  const ask = createGathering<string, string>(async (items) => {
    if (items.includes('bad')) throw new Error(`refused: ${items.join()}`);
    return items;
  }, never);
  const first = ask(['x']);
  const [good, bad, both] = await Promise.allSettled([ask(['a']), ask(['bad']), ask(['b', 'c'])]);
  expect(await first).toEqual(['x']);
  expect(good).toEqual({ status: 'fulfilled', value: ['a'] });
  expect(bad).toMatchObject({ status: 'rejected', reason: { message: 'refused: bad' } });
  expect(both).toEqual({ status: 'fulfilled', value: ['b', 'c'] });
  expect(await ask(['d'])).toEqual(['d']);
});

test('does not ask for each of them when nobody can be told', async () => {
  let asked = 0;
  const ask = createGathering<string, string>(
    async () => {
      asked++;
      throw new Error('away');
    },
    () => true,
  );
  const answers = await Promise.allSettled([ask(['a']), ask(['b']), ask(['c', 'd'])]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(asked).toBe(2);
});
