import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { KafkaClient, TopicFacts, TopicSpec } from './client/kafka-client.ts';
import { KAFKA_ERRORS } from './errors.ts';
import { differenceText, judgeTopic, type TopicKind } from './topic-judgement.ts';

/**
 * `KafkaClient.ensureTopics`, and a look at those that were there before: throws KAFKA_TOPIC_UNSUITABLE for one with which data
 * would be lost or disordered, and warns of other preferences.
 */
export async function ensureCheckedTopics(options: {
  client: Pick<KafkaClient, 'ensureTopics'>;
  kind: TopicKind;
  specs: readonly TopicSpec[];
  logger: Logger;
}): Promise<readonly TopicFacts[]> {
  const { client, kind, specs, logger } = options;
  const found = await client.ensureTopics(specs);
  for (const [i, facts] of found.entries()) {
    const differences = judgeTopic(kind, specs[i] as TopicSpec, facts);
    const refused = differences.filter(({ severity }) => severity === 'refuse');
    if (refused.length > 0) {
      const detail = `${facts.topic}: ${refused.map(differenceText).join('; ')}`;
      throw new MillraceError(KAFKA_ERRORS.topicUnsuitable, detail);
    }
    for (const { severity, setting, found, wanted } of differences) {
      if (severity !== 'warn') continue;
      const { code } = KAFKA_ERRORS.topicDiffers;
      logger.warn({ topic: facts.topic, code, setting, found, wanted }, 'a topic has another setting than configured');
    }
  }
  return found;
}
