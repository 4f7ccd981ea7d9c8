/** 16 bytes in base64url; it only has to be the same each time that a folder is used. */
export const CLUSTER_ID = 'TWlsbHJhY2VUZXN0QnJvaw';

/** Lines of server.properties for one node in KRaft mode that answers clients at `host:port`. */
export function brokerProperties(options: {
  /** Folder of its own. */
  data: string;
  /** Where it listens. */
  host: string;
  port: number;
  controllerPort: number;
}): Record<string, string> {
  const { data, host, port, controllerPort } = options;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://${host}:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'auto.create.topics.enable': 'false',
    'log.cleaner.dedupe.buffer.size': '8388608',
  };
}
