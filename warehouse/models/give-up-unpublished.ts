import { failpoint } from '../../runtime/failpoint.ts';
import type { KeptModels } from './kept-models.ts';
import { abortBatch, highestBatch } from './store/aborted-batches.ts';

/**
 * Rows of batches behind the published one are in the tables, but not valid: nobody may ever see them. Answers whether
 * there are any.
 */
export async function giveUpUnpublished({ engine, aborted, tables, published }: KeptModels): Promise<boolean> {
  const last = BigInt(published?.watermark ?? 0);
  const written = [...[...tables.models.values()].map(({ table }) => table), ...tables.cubes.values()];
  const highest = BigInt(await highestBatch(engine.client, written));
  for (let batch = last + 1n; batch <= highest; batch++) {
    if (aborted.includes(batch.toString())) continue;
    await abortBatch(engine.client, batch.toString());
    failpoint('models.batch-given-up');
    aborted.push(batch.toString());
  }
  return highest > last;
}
