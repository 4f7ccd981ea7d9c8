import { formatLsn } from '../changelog/lsn.ts';
import { median, type Result, takeTurns } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { postgresProgram, timeProgram } from './postgres-client.ts';
import { createPublication, dropSource, openScene, rowsFrom, type Scene, sourceOf, verifyRows } from './scene.ts';

const TARGET = 0.7;

interface Ours {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/**
 * The same WAL, small transactions over one table of ten columns, read by pg_recvlogical into /dev/null and by our ingest
 * into the warehouse. Every round has a slot for each, made before the writing; the two take turns in going first.
 * Each is timed from its start until it has reached the end of the WAL.
 */
export async function benchStreaming(options: {
  rows: number;
  rowsPerTransaction: number;
  rounds: number;
  journal: boolean;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, rowsPerTransaction, rounds, onProgress } = options;
  const program = postgresProgram('pg_recvlogical');
  const scene = await openScene();
  try {
    for (let round = 1; round <= rounds; round++) await openSlots(scene, round);
    onProgress(`writing ${rows} rows in transactions of ${rowsPerTransaction}`);
    await writePurchases(scene, rows, rowsPerTransaction);
    const untilLsn = await scene.walEnd();
    const reference: number[] = [];
    const ours: Ours[] = [];
    for (let round = 1; round <= rounds; round++) {
      const turns = [
        async () => void reference.push(await runReference(scene, program, round, untilLsn)),
        async () => void ours.push(await runOurs(scene, round, untilLsn, options)),
      ];
      await takeTurns(round, turns);
      onProgress(
        `round ${round}: pg_recvlogical ${Math.round(rows / (reference.at(-1) as number))} rows/s, ` +
          `millrace ${Math.round(rows / (ours.at(-1)?.seconds as number))} rows/s`,
      );
    }
    const ratios = ours.map(({ seconds }, i) => (reference[i] as number) / seconds);
    const ratio = median(ratios);
    return {
      name: `streaming, ${rowsPerTransaction} ${rowsPerTransaction === 1 ? 'row' : 'rows'} a transaction`,
      figures: {
        rows,
        rounds,
        'pg_recvlogical rows/s': rows / median(reference),
        'millrace rows/s': rows / median(ours.map(({ seconds }) => seconds)),
        ratio,
        'ratio by round': ratios.map((value) => value.toFixed(2)).join(' '),
        'CPU seconds of ingest': median(ours.map(({ cpuSeconds }) => cpuSeconds)),
        'peak RSS of ingest, MiB': Math.max(...ours.map(({ residentBytes }) => residentBytes)) / 2 ** 20,
      },
      target: { text: `ratio of at least ${TARGET}`, reached: ratio >= TARGET },
    };
  } finally {
    await scene.stop();
  }
}

/** Our slot is made by ingest itself, over the empty table: its snapshot is then complete. */
async function openSlots(scene: Scene, round: number): Promise<void> {
  await createPublication(scene, `round${round}`);
  const ingest = await startIngestProcess({
    source: sourceOf(scene, `round${round}`),
    warehouse: scene.warehouse.config,
    journal: false,
  });
  await ingest.reach(await scene.walEnd());
  await ingest.stop();
  await scene.database.query(`select pg_create_logical_replication_slot('reference${round}', 'pgoutput')`);
}

export async function writePurchases(scene: Scene, rows: number, rowsPerTransaction: number): Promise<void> {
  await scene.database.query(`
    do $$
    declare
      first bigint := 1;
    begin
      while first <= ${rows} loop
        insert into purchases ${rowsFrom('first', `least(first + ${rowsPerTransaction - 1}, ${rows})`)};
        commit;
        first := first + ${rowsPerTransaction};
      end loop;
    end
    $$`);
  await scene.database.query('checkpoint');
}

export async function runReference(scene: Scene, program: string, round: number, untilLsn: bigint): Promise<number> {
  const slot = `reference${round}`;
  const seconds = await timeProgram(program, [
    `--dbname=${scene.url}`,
    `--slot=${slot}`,
    '--start',
    '--no-loop',
    '--plugin=pgoutput',
    '--option=proto_version=1',
    `--option=publication_names=round${round}_publication`,
    `--endpos=${formatLsn(untilLsn)}`,
    '--file=/dev/null',
  ]);
  await scene.database.query('select pg_drop_replication_slot($1)', [slot]);
  return seconds;
}

async function runOurs(
  scene: Scene,
  round: number,
  untilLsn: bigint,
  options: { rows: number; journal: boolean; nodeOptions: readonly string[] },
): Promise<Ours> {
  const source = `round${round}`;
  const ingest = await startIngestProcess({
    source: sourceOf(scene, source),
    warehouse: scene.warehouse.config,
    journal: options.journal,
    nodeOptions: options.nodeOptions,
  });
  const { seconds, cpuSeconds } = await ingest.reach(untilLsn);
  const { residentBytes } = ingest.memoryPeak();
  await ingest.stop();
  await verifyRows(scene, source, options.rows);
  await dropSource(scene, source);
  return { seconds, cpuSeconds, residentBytes };
}
