import { createLogger } from '../../../runtime/logger.ts';
import { errorOfCode } from '../client/classify-error.ts';
import { createKafkajs } from '../client/kafkajs-connection.ts';
import { createCluster, openConnection, ownProtocol } from '../client/kafkajs-internals.ts';
import { int8, int16, int32, text } from '../client/request-fields.ts';
import { ByteSink } from '../records/byte-sink.ts';

/** https://kafka.apache.org/protocol.html#The_Messages_AlterClientQuotas */
const ALTER_CLIENT_QUOTAS = { apiKey: 49, apiVersion: 0, apiName: 'AlterClientQuotas' };

/** Every client that reads more from a broker is throttled from now on; null: none is. Known to the broker a moment later. */
export async function limitReading(address: string, bytesPerSecond: number | null): Promise<void> {
  const logger = createLogger({ name: 'client-quotas', level: 'silent' });
  const kafka = createKafkajs({ connection: { brokers: [address], clientId: 'quotas' }, logger });
  const cluster = createCluster(kafka);
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const broker = await cluster.findControllerBroker();
    await openConnection(broker, 0);
    const decode = (bytes: Buffer) => ({ answer: bytes.readInt16BE(8), throttleMs: 0 });
    const encode = () => encodeQuota('consumer_byte_rate', bytesPerSecond);
    const errorCode = await broker.connectionPool.send(ownProtocol(ALTER_CLIENT_QUOTAS, encode, decode));
    if (errorCode !== 0) throw errorOfCode(errorCode, ALTER_CLIENT_QUOTAS.apiName);
  } finally {
    await cluster.disconnect();
  }
}

function encodeQuota(name: string, value: number | null): Buffer {
  const out = new ByteSink(64);
  int32(out, 1); // entries
  int32(out, 1); // parts of whom it is for
  text(out, 'client-id');
  int16(out, -1); // whoever has none of its own
  int32(out, 1); // quotas
  text(out, name);
  out.reserve(8).writeDoubleBE(value ?? 0, out.length);
  out.length += 8;
  int8(out, value === null ? 1 : 0); // remove
  int8(out, 0); // only validate
  return out.written();
}
