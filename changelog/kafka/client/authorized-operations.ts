import type { AclOperation } from '../acls.ts';
import { ByteSink } from '../records/byte-sink.ts';
import { AnswerReader } from './answer-reader.ts';
import { int8, int32, text } from './request-fields.ts';

/** Metadata, version 8: the first that tells what the user may do, and known to every broker from 2.3 to 4. */
export const METADATA = { apiKey: 3, apiVersion: 8, apiName: 'Metadata' } as const;

export interface TopicRights {
  readonly topic: string;
  readonly errorCode: number;
  readonly operations: ReadonlySet<AclOperation>;
}

export interface ClusterAnswer {
  /** Node ids. */
  readonly brokers: readonly number[];
  readonly topics: readonly TopicRights[];
}

/** Body of the request (https://kafka.apache.org/protocol.html#The_Messages_Metadata). */
export function encodeMetadata(topics: readonly string[]): Buffer {
  const out = new ByteSink(64 + topics.length * 64);
  int32(out, topics.length);
  for (const topic of topics) text(out, topic);
  int8(out, 0); // creates none
  int8(out, 0); // what may be done with the cluster: not asked
  int8(out, 1); // what may be done with topics
  return out.written();
}

/** Bits by operation (https://kafka.apache.org/40/javadoc/org/apache/kafka/common/acl/AclOperation.html). */
const BITS: readonly (readonly [AclOperation, number])[] = [
  ['Read', 3],
  ['Write', 4],
  ['Create', 5],
  ['DescribeConfigs', 10],
];

export function decodeMetadata(bytes: Buffer): ClusterAnswer {
  const answer = new AnswerReader(bytes);
  answer.skip(4); // how long to be left alone
  const brokers = answer.array(() => {
    const id = answer.int32();
    answer.text(); // host
    answer.skip(4); // port
    answer.text(); // rack
    return id;
  });
  answer.text(); // cluster
  answer.skip(4); // controller
  const topics = answer.array((): TopicRights => {
    const errorCode = answer.int16();
    const topic = answer.text() ?? '';
    answer.skip(1); // of Kafka itself
    answer.array(() => {
      answer.skip(2 + 4 + 4 + 4); // error, partition, leader, its epoch
      for (const _ of ['replicas', 'in sync', 'offline']) answer.array(() => answer.skip(4));
    });
    const bits = answer.int32();
    const operations = new Set(BITS.filter(([, bit]) => ((bits >> bit) & 1) === 1).map(([operation]) => operation));
    return { topic, errorCode, operations };
  });
  return { brokers, topics };
}
