import { expect, it } from 'vitest';
import { createLogger } from '../../runtime/logger.ts';
import type { AuditRow } from '../../warehouse/access/audit-log.ts';
import { createAuditQueue } from './audit-queue.ts';

const row = (request_id: string) => ({ request_id }) as AuditRow;
const logger = createLogger({ name: 'test', level: 'silent' });

it('writes in order, once each, what the warehouse refused at first too', async () => {
  const written: string[] = [];
  let refusals = 2;
  const lost: unknown[] = [];
  const queue = createAuditQueue({
    async write(rows) {
      if (refusals-- > 0) throw new Error('away');
      written.push(...rows.map(({ request_id }) => request_id));
    },
    onLost: (...what) => lost.push(what),
    logger,
    intervalMs: 1,
  });
  for (const id of ['a', 'b', 'c']) queue.add(row(id));
  await expect.poll(() => written).toEqual(['a', 'b', 'c']);
  queue.add(row('d'));
  await queue.close();
  expect(written).toEqual(['a', 'b', 'c', 'd']);
  expect(lost).toEqual([]);
});

it('counts what does not fit, and what could not be written when it ends', async () => {
  const lost: unknown[] = [];
  const queue = createAuditQueue({
    write: () => Promise.reject(new Error('away')),
    onLost: (...what) => lost.push(what),
    logger,
    maxRows: 2,
  });
  for (const id of ['a', 'b', 'c']) queue.add(row(id));
  expect(lost).toEqual([['full', 1]]);
  await queue.close();
  expect(lost).toEqual([
    ['full', 1],
    ['closed', 2],
  ]);
});
