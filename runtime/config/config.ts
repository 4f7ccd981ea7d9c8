import type { AccessConfig } from './access.ts';
import type { SchedulesConfig } from './schedules.ts';

/** The configuration after defaults and `${...}` were resolved; what every process is given. */
export interface Config {
  readonly warehouse: WarehouseConfig;
  readonly log: 'direct' | { readonly kafka: KafkaConfig };
  readonly sources: readonly SourceConfig[];
  /** Folder of models, absolute; false for replicas only. */
  readonly models: string | false;
  /** Run the data tests of models that were built before readers see them. Default: true. */
  readonly testModels?: boolean;
  /** Left out: the defaults (`DEFAULT_SCHEDULES`). */
  readonly schedules?: SchedulesConfig;
  readonly api: ApiConfig;
}

export interface ApiConfig {
  readonly host: string;
  readonly port: number;
  /** Left out: everybody, on a loopback address; elsewhere the API does not start. */
  readonly access?: AccessConfig;
  /** Origins whose pages may read answers. Left out: none. */
  readonly corsOrigins?: readonly string[];
  /** What is left out has the API's own default. */
  readonly limits?: {
    readonly requestTimeoutMs?: number;
    readonly exportTimeoutMs?: number;
    readonly maxQueryMemoryBytes?: number;
    readonly maxRows?: number;
    readonly maxFileRows?: number;
    readonly maxHeldRows?: number;
  };
  /** Files that are written beside requests. What is left out has the API's own default. */
  readonly exports?: {
    readonly maxRunning?: number;
    readonly maxQueued?: number;
    readonly maxPerCaller?: number;
    readonly maxFileBytes?: number;
    readonly maxTotalBytes?: number;
    readonly minFreeDiskBytes?: number;
    readonly keepMs?: number;
  };
}

export interface WarehouseConfig {
  /** `embedded:<folder>` (absolute after loading) or an http(s) URL with user and password. */
  readonly url: string;
  /** HTTP port of the embedded server; 0 picks a free one. */
  readonly port: number;
  /** Native protocol port of the embedded server; 0 picks a free one. */
  readonly nativePort: number;
  /** Memory limit of the embedded server in bytes. */
  readonly maxMemoryBytes: number;
  /** Local folder for derived state (the modeller's row store). */
  readonly stateFolder: string;
  /** How long published states can be read after newer ones came. Left out: `DEFAULT_HORIZON_MS`. */
  readonly horizonMs?: number;
}

export const DEFAULT_HORIZON_MS = 3_600_000;

/** What is left out has the default of the schema. */
export interface KafkaConfig {
  readonly brokers: readonly string[];
  readonly prefix?: string;
  readonly partitions?: number;
  readonly replication?: number;
  readonly settings?: Readonly<Record<string, string>>;
  readonly compression?: 'zstd' | 'none';
  readonly transactions?: boolean;
  readonly envelope?: {
    readonly decimal?: 'string' | 'double' | 'precise';
    readonly time?: 'isostring' | 'adaptive';
    readonly interval?: 'string' | 'numeric';
    readonly binary?: 'bytes' | 'hex';
    readonly hstore?: 'json' | 'map';
  };
  readonly tls?: boolean | { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

/** Topics that a Debezium wrote, as a source. What is left out has Debezium's own default. */
export interface DebeziumConfig {
  readonly brokers: readonly string[];
  /** Debezium's `topic.prefix`. */
  readonly prefix: string;
  /** Default: `<prefix>.transaction`. */
  readonly transactionTopic?: string;
  /** `none`: every table was empty when the connector began, and it copied nothing. Default: `initial`. */
  readonly snapshot?: 'initial' | 'none';
  readonly envelope?: NonNullable<KafkaConfig['envelope']>;
  readonly tls?: NonNullable<KafkaConfig['tls']>;
  readonly sasl?: NonNullable<KafkaConfig['sasl']>;
}

export interface SourceConfig {
  /** Name of the service; lower-case identifier. */
  readonly name: string;
  readonly url: string;
  readonly schemas: readonly string[];
  /** Patterns of tables to take, `*` as wildcard, matched against `table` and `schema.table`. */
  readonly tables: readonly string[];
  /** Tables to leave out, patterns as in `tables`; columns to leave out, as `table.column` or `schema.table.column`. */
  readonly exclude: readonly string[];
  /** ClickHouse types that columns are to have instead of their rule's, by `table.column` or by Postgres type. */
  readonly types?: Readonly<Record<string, string>>;
  /** Columns whose values are replaced by `***`. */
  readonly mask?: readonly string[];
  /** Columns whose values are replaced by their keyed hash. */
  readonly hash?: readonly string[];
  /** Secret of the hashes; set when there are any. */
  readonly hashKey?: string;
  /** Replicate at most this many snapshot chunks at once. */
  readonly snapshotConnections: number;
  /** When the slot is lost or the source replaced: `stop` (the default) or `resync` by itself, under a new epoch. */
  readonly onLostSlot?: 'stop' | 'resync';
  /** Most WAL that the source's server should keep for us, in bytes; warned of before it is reached. Default: none. */
  readonly walBudgetBytes?: number | null;
  /** Have the server's standbys keep the slot, so that capture goes on after a failover (Postgres 17). Default: false. */
  readonly failoverSlot?: boolean;
  /** When its snapshot steps back; null for never, left out for the defaults (`DEFAULT_SNAPSHOT_THROTTLE`). */
  readonly snapshotThrottle?: SnapshotThrottleConfig | null;
  /** Its changes are read from topics; the url is asked for the catalog alone. Left out: from the database itself. */
  readonly debezium?: DebeziumConfig;
}

/** A source counts as busy beyond any of these. */
export interface SnapshotThrottleConfig {
  /** Sessions that run a statement, ours not counted. */
  readonly activeSessions: number;
  /** Delay of the slowest standby or other consumer of its WAL. */
  readonly standbyDelaySeconds: number;
  /** WAL that our own stream has not received yet. */
  readonly streamBehindBytes: number;
}

export const DEFAULT_SNAPSHOT_THROTTLE: SnapshotThrottleConfig = {
  activeSessions: 32,
  standbyDelaySeconds: 10,
  streamBehindBytes: 1024 ** 3,
};
