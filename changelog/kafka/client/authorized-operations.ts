import type { AclOperation } from '../acls.ts';
import { ByteSink } from '../records/byte-sink.ts';
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
  let at = 4; // how long to be left alone
  const int = (): number => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const short = (): number => {
    at += 2;
    return bytes.readInt16BE(at - 2);
  };
  const string = (): string | null => {
    const length = short();
    if (length < 0) return null;
    at += length;
    return bytes.toString('utf8', at - length, at);
  };
  const skipInts = (): void => {
    const count = int();
    at += 4 * count;
  };
  const brokers: number[] = [];
  for (let count = int(); count > 0; count--) {
    brokers.push(int());
    string(); // host
    int(); // port
    string(); // rack
  }
  string(); // cluster
  int(); // controller
  const topics: TopicRights[] = [];
  for (let count = int(); count > 0; count--) {
    const errorCode = short();
    const topic = string() ?? '';
    at += 1; // of Kafka itself
    for (let partitions = int(); partitions > 0; partitions--) {
      at += 2 + 4 + 4 + 4; // error, partition, leader, its epoch
      skipInts(); // replicas
      skipInts(); // in sync
      skipInts(); // offline
    }
    const bits = int();
    const operations = new Set(BITS.filter(([, bit]) => ((bits >> bit) & 1) === 1).map(([operation]) => operation));
    topics.push({ topic, errorCode, operations });
  }
  return { brokers, topics };
}
