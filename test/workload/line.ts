import type { KafkaConfig } from '../../runtime/config/config.ts';
import type { WeatherProxy } from './weather-proxy.ts';

/** The change log that a seed is played over. */
export interface Line {
  /** For the processes of a source; undefined: the direct log. */
  kafkaOf(source: string): KafkaConfig | undefined;
  /** Loaders beside that of ingest. */
  readonly loaders: number;
  /** What capture remembers of its tables, as the log has it; null before it has begun. */
  capturedTables(source: string): Promise<unknown>;
  /** Between the brokers and everybody; null without any. */
  readonly network: WeatherProxy | null;
  /** SIGKILL for the broker, and starts it again over the same data; one at a time. */
  killBroker(): Promise<void>;
  /** How far the log and its loaders say that they are, for whoever looks for the reason of a difference. */
  evidence(source: string): Promise<string[]>;
  /** Removes what a source has left. */
  cleanUp(source: string): Promise<void>;
  stop(): Promise<void>;
}
