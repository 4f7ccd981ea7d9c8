import type { Result } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { openScene, sourceOf } from './scene.ts';

const ROWS_EACH = 10;
const TARGET_MS = 50;

/** First copy of very many small tables: what each table costs beside its rows. */
export async function benchManyTables(options: {
  tables: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { tables, nodeOptions, onProgress } = options;
  const scene = await openScene();
  try {
    onProgress(`making ${tables} tables`);
    await scene.database.query(`
      do $$ begin
        for i in 1..${tables} loop
          execute format('create table many_%s (id bigint primary key, note text, at timestamptz)', i);
          execute format($f$insert into many_%s select n, 'note ' || n, now() from generate_series(1, ${ROWS_EACH}) n$f$, i);
          if i % 100 = 0 then commit; end if;
        end loop;
      end $$`);
    await scene.database.query('create publication many_publication for tables in schema public');
    const ingest = await startIngestProcess({
      source: sourceOf(scene, 'many'),
      warehouse: scene.warehouse.config,
      journal: false,
      nodeOptions,
    });
    const { seconds, cpuSeconds } = await ingest.reach(await scene.walEnd());
    const { residentBytes } = ingest.memoryPeak();
    await ingest.stop();
    const copied = await copiedTables(scene);
    if (copied !== tables) throw new Error(`${copied} replicas have all of their rows, not ${tables}`);
    return {
      name: 'snapshot of many small tables',
      figures: {
        tables,
        'rows each': ROWS_EACH,
        seconds,
        'ms a table': (seconds * 1000) / tables,
        'CPU seconds of ingest': cpuSeconds,
        'peak RSS of ingest, MiB': residentBytes / 2 ** 20,
      },
      target: { text: `under ${TARGET_MS} ms a table`, reached: (seconds * 1000) / tables < TARGET_MS },
    };
  } finally {
    await scene.stop();
  }
}

async function copiedTables(scene: Awaited<ReturnType<typeof openScene>>): Promise<number> {
  const result = await scene.warehouse.client.query({
    query: `
      select toUInt32(count()) as tables
      from (
        select table
        from system.parts
        where database = 'raw' and table like 'many\\_\\_many\\_%' and active
        group by table
        having sum(rows) = ${ROWS_EACH}
      )`,
    format: 'JSONEachRow',
  });
  const [row] = await result.json<{ tables: number }>();
  return row?.tables ?? 0;
}
