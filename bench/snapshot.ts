import { median, type Result, takeTurns } from './figures.ts';
import { startIngestProcess } from './ingest-process.ts';
import { postgresProgram, timeProgram } from './postgres-client.ts';
import { createPublication, dropSource, openScene, rowsFrom, sourceOf, verifyRows } from './scene.ts';

const MIB = 2 ** 20;
const TARGET = 0.4;
const TARGET_MIB = 256;

/** The first copy of a table into its replica, against `COPY ... TO STDOUT` by psql into /dev/null, in turns. */
export async function benchSnapshot(options: {
  rows: number;
  rounds: number;
  nodeOptions: readonly string[];
  onProgress: (text: string) => void;
}): Promise<Result> {
  const { rows, rounds, nodeOptions, onProgress } = options;
  const psql = postgresProgram('psql');
  const scene = await openScene();
  try {
    onProgress(`writing ${rows} rows`);
    await scene.database.query(`insert into purchases ${rowsFrom('1', String(rows))}`);
    await scene.database.query('vacuum (freeze, analyze) purchases');
    const copySeconds: number[] = [];
    const ours: { seconds: number; cpuSeconds: number; residentBytes: number; anonymousBytes: number }[] = [];
    const copy = async (): Promise<void> => {
      const sql = 'copy purchases to stdout';
      copySeconds.push(await timeProgram(psql, [`--dbname=${scene.url}`, '--no-psqlrc', `--command=${sql}`]));
    };
    const snapshot = async (name: string): Promise<void> => {
      await createPublication(scene, name);
      const source = sourceOf(scene, name);
      const { config } = scene.warehouse;
      const ingest = await startIngestProcess({ source, warehouse: config, journal: false, nodeOptions });
      const { seconds, cpuSeconds } = await ingest.reach(await scene.walEnd());
      ours.push({ seconds, cpuSeconds, ...ingest.memoryPeak() });
      await ingest.stop();
      await verifyRows(scene, name, rows);
      await dropSource(scene, name);
    };
    for (let round = 1; round <= rounds; round++) {
      const turns = [copy, () => snapshot(`round${round}`)];
      await takeTurns(round, turns);
      onProgress(
        `round ${round}: copy ${Math.round(rows / (copySeconds.at(-1) as number))} rows/s, ` +
          `millrace ${Math.round(rows / (ours.at(-1)?.seconds as number))} rows/s`,
      );
    }
    const ratios = ours.map(({ seconds }, i) => (copySeconds[i] as number) / seconds);
    const ratio = median(ratios);
    const peakMib = Math.max(...ours.map(({ residentBytes }) => residentBytes)) / MIB;
    return {
      name: 'snapshot',
      figures: {
        rows,
        rounds,
        'COPY rows/s': rows / median(copySeconds),
        'millrace rows/s': rows / median(ours.map(({ seconds }) => seconds)),
        ratio,
        'ratio by round': ratios.map((value) => value.toFixed(2)).join(' '),
        'CPU seconds of ingest': median(ours.map(({ cpuSeconds }) => cpuSeconds)),
        'peak RSS of ingest, MiB': peakMib,
        'of that not backed by files (RssAnon), MiB': Math.max(...ours.map((run) => run.anonymousBytes)) / MIB,
      },
      target: {
        text: `ratio of at least ${TARGET}, peak RSS under ${TARGET_MIB} MiB`,
        reached: ratio >= TARGET && peakMib < TARGET_MIB,
      },
    };
  } finally {
    await scene.stop();
  }
}
