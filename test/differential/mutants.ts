/** A deliberate fault in the engine: an edit of its source. */
export interface Mutant {
  readonly name: string;
  /** In `warehouse/models`. */
  readonly file: string;
  readonly from: string;
  readonly to: string;
  /** Of the workload: each of the first finds it, those after it are for an engine that has moved on. */
  readonly seeds: readonly number[];
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'a difference has the wrong sign',
    file: 'maintain/cube-difference.ts',
    from: 'i < times; i++) add(line, -1n);',
    to: 'i < times; i++) add(line, 1n);',
    seeds: [7, 14],
  },
  {
    name: 'the key that a row had before is missed',
    file: 'batch.ts',
    from: 'if (before !== undefined) touched.touch(table.name, before);',
    to: '',
    seeds: [7, 14],
  },
  {
    name: 'keys that lead to a row through look-ups are missed',
    file: 'maintain/touched-keys.ts',
    from: 'collect(lookup.from, leading, visited);',
    to: '',
    seeds: [14, 7],
  },
  {
    name: 'a batch is applied twice after a crash',
    file: 'modeller.ts',
    from: 'state: before, to, write: false });',
    to: 'state: before, to, write: true });',
    seeds: [17, 40, 58],
  },
  {
    name: 'a batch that is published is not followed after a crash',
    file: 'modeller.ts',
    from: 'readWatermarks(client, stateOf(behind).watermark)',
    to: "readWatermarks(client, '18446744073709551615')",
    seeds: [17, 40, 58],
  },
  {
    name: 'the watermark is published too early',
    file: 'modeller.ts',
    from: 'const result = await runBatch({ ...common, state: before, to: floors, write: true });',
    to: `now = await publishBatch(kept, { watermark: batch, positions, changes: 0, moment });
        const result = await runBatch({ ...common, state: before, to: floors, write: true });`,
    seeds: [2, 32, 41],
  },
  {
    name: 'what an unpublished batch left is not given up',
    file: 'give-up-unpublished.ts',
    from: 'if (aborted.includes(batch.toString())) continue;',
    to: 'continue;',
    seeds: [41, 39, 2],
  },
  {
    name: 'a row that a batch closed in vain stays closed',
    file: 'store/model-views.ts',
    from: 'open: `(_to > ${watermark} or _to in (${aborted}))`,',
    to: 'open: `_to > ${watermark}`,',
    seeds: [32, 41, 39],
  },
  {
    name: 'the differences of a batch that was given up count',
    file: 'store/model-views.ts',
    from: "` and _batch not in (${abortedBatches.join(', ')})`;",
    to: "'';",
    seeds: [41, 2, 32],
  },
  {
    name: 'the former version of a row stays open',
    file: 'maintain/store-writer.ts',
    from: 'close: (row, from) => add(`${row}\\t${from}\\t${batch}\\t${batch}`),',
    to: 'close: () => {},',
    seeds: [7, 14],
  },
  {
    name: 'removed rows are kept',
    file: 'journal.ts',
    from: 'const before = removed ? table.rows.remove(table.rows.keyOf(row)) : table.rows.put(row);',
    to: 'const before = removed ? table.rows.get(table.rows.keyOf(row)) : table.rows.put(row);',
    seeds: [7, 14],
  },
  {
    name: 'the last batch is in a fold twice',
    file: 'store/fold/fold-cube.ts',
    from: 'and _batch >= ${former} and _batch < ${horizon}))',
    to: 'and _batch >= ${former} and _batch <= ${horizon}))',
    seeds: [10, 11, 30],
  },
  {
    name: 'members that have rows whatever the inputs hold lose them',
    file: 'maintain/by-key.ts',
    from: 'const keys = new Set([...options.keys, ...plan.members]);',
    to: 'const keys = new Set(options.keys);',
    seeds: [7, 14, 35],
  },
  {
    name: 'a build stops behind the first of its inputs',
    file: 'versions/build-page.ts',
    from: 'const isLast = progress.input + 1 >= inputs.length;',
    to: 'const isLast = true;',
    seeds: [4, 29, 48],
  },
];
