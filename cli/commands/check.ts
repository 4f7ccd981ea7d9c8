import { checkSourceReadiness, type SourceCheck } from '../../ingest/check/check-source.ts';
import type { Config, SourceConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import { type CheckReport, countFindings, reportDocument, reportText } from '../check/check-report.ts';
import { checkWarehouse } from '../check/check-warehouse.ts';

/** Sources that are looked at side by side. */
const PARALLEL = 8;

/** Looks at everything that the configuration names, changes nothing. False when something is in the way. */
export async function check(options: { config: Config; logger: Logger; json: boolean }): Promise<boolean> {
  const { config, logger, json } = options;
  const [warehouse, sources] = await Promise.all([
    checkWarehouse(config.warehouse, logger),
    checkSources(config.sources),
  ]);
  const report: CheckReport = { warehouse, sources };
  process.stdout.write(json ? `${JSON.stringify(reportDocument(report))}\n` : reportText(report));
  return countFindings(report).error === 0;
}

async function checkSources(sources: readonly SourceConfig[]): Promise<SourceCheck[]> {
  const names = sources.map(({ name }) => name);
  const checked: SourceCheck[] = new Array(sources.length);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < sources.length; index = next++) {
      checked[index] = await checkSourceReadiness(sources[index]!, names);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, sources.length) }, work));
  return checked;
}
