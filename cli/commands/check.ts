import { checkSourceReadiness, type SourceCheck } from '../../ingest/check/check-source.ts';
import type { Config, KafkaConfig, SourceConfig } from '../../runtime/config/config.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaCheck } from '../check/check-kafka.ts';
import { type CheckReport, countFindings, reportDocument, reportText } from '../check/check-report.ts';
import { checkWarehouse } from '../check/check-warehouse.ts';

/** Sources that are looked at side by side. */
const PARALLEL = 8;

/** Looks at everything that the configuration names, changes nothing. False when something is in the way. */
export async function check(options: { config: Config; logger: Logger; json: boolean }): Promise<boolean> {
  const { config, logger, json } = options;
  const [warehouse, kafka, sources] = await Promise.all([
    checkWarehouse(config.warehouse, logger),
    config.log === 'direct' ? null : checkBrokers(config, config.log.kafka, logger),
    checkSources(config.sources),
  ]);
  const report: CheckReport = { warehouse, kafka, sources };
  process.stdout.write(json ? `${JSON.stringify(reportDocument(report))}\n` : reportText(report));
  return countFindings(report).error === 0;
}

/** Its client library costs memory, which who needs no broker does not pay. */
async function checkBrokers(config: Config, kafka: KafkaConfig, logger: Logger): Promise<KafkaCheck> {
  const { checkKafka } = await import('../check/check-kafka.ts');
  const { connectionOf } = await import('../../changelog/kafka/client/kafkajs-connection.ts');
  const { topicsOf } = await import('../roles/kafka-log.ts');
  return checkKafka({
    connection: connectionOf(kafka, 'millrace-check'),
    topics: topicsOf(kafka),
    sources: config.sources.map(({ name }) => name),
    transactions: kafka.transactions ?? true,
    logger,
  });
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
