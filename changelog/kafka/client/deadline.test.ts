import { expect, test } from 'vitest';
import { withDeadline } from './deadline.ts';

test('what is settled in time is given on; what never is ends as brokers that do not answer', async () => {
  expect(await withDeadline('x', Promise.resolve(1), 10_000)).toBe(1);
  await expect(withDeadline('x', Promise.reject(new Error('refused')), 10_000)).rejects.toThrow('refused');
  await expect(withDeadline('Read on topic t', new Promise(() => {}), 10)).rejects.toMatchObject({
    code: 'KAFKA_UNREACHABLE',
    policy: 'retry',
    message: expect.stringContaining('Read on topic t'),
  });
});
