import { createHash } from 'node:crypto';
import type { Endpoint, WarehouseUser } from './endpoint.ts';

/** A tree that becomes ClickHouse's XML configuration; an array repeats its element. */
export interface ConfigNode {
  readonly [element: string]: ConfigNode | readonly ConfigNode[] | string | number;
}

const MIB = 1024 ** 2;

export interface ServerConfiguration {
  readonly usersFile: string;
  readonly logFolder: string;
  readonly host: string;
  readonly httpPort: number;
  readonly nativePort: number;
  readonly maxMemoryBytes: number;
}

/** What any server that we write to must have, ours or not. */
export const REQUIRED_SETTINGS = {
  // Otherwise the profile's default_normal_view_sql_security is not looked at.
  ignore_empty_sql_security_in_create_view_query: 'false',
  access_control_improvements: {
    select_from_system_db_requires_grant: 'true',
    select_from_information_schema_requires_grant: 'true',
    settings_constraints_replace_previous: 'true',
  },
  merge_tree: { fsync_after_insert: 1, fsync_part_directory: 1 },
} as const satisfies ConfigNode;

/**
 * The server's own configuration, for a machine that does other work too: small pools and caches, no system log tables,
 * seldom metrics. (The log's level is taken from the command line only.) Every insert reaches the disk before it is answered, because a replication slot moves on that answer.
 * https://clickhouse.com/docs/operations/server-configuration-parameters/settings
 */
export function serverConfiguration(options: ServerConfiguration): string {
  return toXml({
    clickhouse: {
      listen_host: options.host,
      http_port: options.httpPort,
      tcp_port: options.nativePort,
      users_config: options.usersFile,
      logger: {
        log: `${options.logFolder}/server.log`,
        errorlog: `${options.logFolder}/server.err.log`,
        size: '10M',
        count: 3,
      },
      max_server_memory_usage: options.maxMemoryBytes,
      max_concurrent_queries: 200,
      max_connections: 1024,
      keep_alive_timeout: 30,
      default_session_timeout: 60,
      max_session_timeout: 3600,
      mark_cache_size: 128 * MIB,
      primary_index_cache_size: 128 * MIB,
      index_mark_cache_size: 16 * MIB,
      uncompressed_cache_size: 0,
      index_uncompressed_cache_size: 0,
      query_cache: { max_size_in_bytes: 16 * MIB },
      compiled_expression_cache_size: 32 * MIB,
      background_pool_size: 2,
      background_merges_mutations_concurrency_ratio: 2,
      background_move_pool_size: 1,
      background_fetches_pool_size: 1,
      background_common_pool_size: 2,
      background_schedule_pool_size: 8,
      background_buffer_flush_schedule_pool_size: 1,
      background_distributed_schedule_pool_size: 1,
      background_message_broker_schedule_pool_size: 1,
      max_thread_pool_size: 2000,
      max_thread_pool_free_size: 32,
      max_io_thread_pool_size: 16,
      max_active_parts_loading_thread_pool_size: 4,
      tables_loader_foreground_pool_size: 2,
      tables_loader_background_pool_size: 2,
      asynchronous_metrics_update_period_s: 30,
      asynchronous_heavy_metrics_update_period_s: 300,
      memory_worker_period_ms: 500,
      dictionaries_lazy_load: 'true',
      send_crash_reports: { enabled: 'false' },
      ...REQUIRED_SETTINGS,
      merge_tree: {
        ...REQUIRED_SETTINGS.merge_tree,
        number_of_free_entries_in_pool_to_lower_max_size_of_merge: 2,
        number_of_free_entries_in_pool_to_execute_mutation: 2,
        number_of_free_entries_in_pool_to_execute_optimize_entire_partition: 2,
        max_bytes_to_merge_at_max_space_in_pool: 20 * 1024 * MIB,
      },
    },
  });
}

/** Limits that a user may lower, and how far up they go. */
interface Limits {
  readonly maxExecutionSeconds: number;
  readonly maxMemoryBytes: number;
  readonly maxResultRows: number;
  readonly maxThreads: number;
  readonly maxConcurrentQueries: number;
}

/** Settings that clients and reports set for themselves; none of them widens a right or a limit. */
const CHANGEABLE = [
  'enable_http_compression',
  'http_zlib_compression_level',
  'network_compression_method',
  'network_zstd_compression_level',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
  'http_wait_end_of_query',
  'http_response_buffer_size',
  'http_write_exception_in_output_format',
  'cancel_http_readonly_queries_on_client_close',
  'log_comment',
  'session_timezone',
  'max_block_size',
  'preferred_block_size_bytes',
  'extremes',
  'use_query_cache',
  'join_use_nulls',
  'final',
  'decimal_check_overflow',
  'date_time_input_format',
  'date_time_output_format',
  'output_format_json_quote_64bit_integers',
  'output_format_json_quote_64bit_floats',
  'output_format_json_quote_decimals',
  'output_format_json_quote_denormals',
  'output_format_decimal_trailing_zeros',
  'output_format_native_encode_types_in_binary_format',
  'output_format_native_use_flattened_dynamic_and_json_serialization',
  'output_format_binary_write_json_as_string',
  'output_format_csv_crlf_end_of_line',
  'format_csv_delimiter',
  'output_format_parquet_compression_method',
  'output_format_parquet_string_as_string',
  'output_format_arrow_string_as_string',
  'output_format_arrow_compression_method',
  'output_format_pretty_max_rows',
  'output_format_pretty_color',
  'format_binary_max_string_size',
  'prefer_column_name_to_alias',
  'optimize_read_in_order',
  'connect_timeout',
  'receive_timeout',
  'send_timeout',
  'poll_interval',
] as const;

/** The session's statements: two listeners and the query that keeps it alive (server-process.ts). */
const SESSION_QUERIES = 3;
/** Longer than any server runs; the largest that ClickHouse reads. */
const SESSION_QUOTA_SECONDS = 2_000_000_000;

/**
 * Users, profiles, grants and quotas. `millrace` may do everything; `reader` reads everything and `bi` the database
 * `bi`, both read-only, within limits that they may lower.
 *
 * `default` is the session inside the server process: it logs in without a password, and whatever network lets it in
 * lets in everybody on this machine (ClickHouse takes any local address for ::1). So it may do nothing but what that
 * session does, and a quota that the session uses up at once refuses everything after it.
 */
export function usersConfiguration(options: { users: Endpoint['users']; maxMemoryBytes: number }): string {
  const { profiles, grants, quotas } = accessRights(options.maxMemoryBytes);
  return toXml({
    clickhouse: {
      profiles: {
        default: {},
        session: {
          max_concurrent_queries_for_user: 2,
          max_threads: 1,
          // Only the new analyzer looks up our own functions first in every place (shadowed-functions.ts).
          constraints: { enable_analyzer: { readonly: '' }, allow_experimental_analyzer: { readonly: '' } },
        },
        ...profiles,
      },
      users: {
        default: {
          password: '',
          networks: { ip: '::1/128' },
          profile: 'session',
          quota: 'session',
          grants: {
            query: ['GRANT SYSTEM LISTEN ON *.*', 'GRANT SELECT ON system.numbers'] as unknown as readonly ConfigNode[],
          },
        },
        millrace: user(options.users.millrace, 'millrace', 'unlimited', grants.millrace),
        reader: user(options.users.reader, 'reader', 'reader', grants.reader),
        bi: user(options.users.bi, 'bi', 'bi', grants.bi),
      },
      quotas: {
        session: { interval: { duration: SESSION_QUOTA_SECONDS, queries: SESSION_QUERIES } },
        ...quotas,
      },
    },
  });
}

/** Profiles, grants and quotas of our users. A reader may use half of the memory at once, `bi` a quarter. */
export function accessRights(maxMemoryBytes: number): {
  profiles: { readonly [user in WarehouseUser]: ConfigNode };
  grants: { readonly [user in WarehouseUser]: readonly string[] };
  quotas: ConfigNode;
} {
  return {
    profiles: {
      millrace: {
        // What cannot be represented must fail, not become a default (https://clickhouse.com/docs/operations/settings).
        input_format_null_as_default: 0,
        insert_null_as_default: 0,
        date_time_overflow_behavior: 'throw',
        join_use_nulls: 0,
        async_insert: 0,
        // Readers of a view need no right on what it reads.
        default_view_definer: 'CURRENT_USER',
        default_normal_view_sql_security: 'DEFINER',
      },
      reader: readOnlyProfile({
        maxExecutionSeconds: 300,
        maxMemoryBytes: Math.floor(maxMemoryBytes / 2),
        maxResultRows: 50_000_000,
        maxThreads: 8,
        maxConcurrentQueries: 100,
      }),
      bi: readOnlyProfile({
        maxExecutionSeconds: 60,
        maxMemoryBytes: Math.floor(maxMemoryBytes / 4),
        maxResultRows: 10_000_000,
        maxThreads: 4,
        maxConcurrentQueries: 20,
      }),
    },
    grants: {
      millrace: ['GRANT ALL ON *.* WITH GRANT OPTION'],
      reader: ['GRANT SHOW, SELECT, dictGet ON *.*'],
      bi: ['GRANT SHOW, SELECT ON bi.*', 'GRANT SELECT ON information_schema.*', 'GRANT SELECT ON system.parts'],
    },
    quotas: {
      unlimited: {},
      reader: { interval: { duration: 3600, queries: 5_000_000, errors: 100_000, execution_time: 36_000 } },
      bi: { interval: { duration: 3600, queries: 500_000, errors: 20_000, execution_time: 14_400 } },
    },
  };
}

function readOnlyProfile(limits: Limits): ConfigNode {
  return {
    readonly: 1,
    max_execution_time: limits.maxExecutionSeconds,
    max_memory_usage: limits.maxMemoryBytes,
    max_memory_usage_for_user: limits.maxMemoryBytes,
    max_result_rows: limits.maxResultRows,
    max_threads: limits.maxThreads,
    max_concurrent_queries_for_user: limits.maxConcurrentQueries,
    constraints: {
      // 0 means no limit to ClickHouse, so the least value is 1.
      max_execution_time: lowerable(limits.maxExecutionSeconds),
      max_memory_usage: lowerable(limits.maxMemoryBytes),
      max_result_rows: lowerable(limits.maxResultRows),
      max_threads: lowerable(limits.maxThreads),
      ...Object.fromEntries(CHANGEABLE.map((setting) => [setting, { changeable_in_readonly: '' }])),
    },
  };
}

function lowerable(max: number): ConfigNode {
  return { min: 1, max, changeable_in_readonly: '' };
}

function user(password: string, profile: string, quota: string, grants: readonly string[]): ConfigNode {
  return {
    password_sha256_hex: createHash('sha256').update(password).digest('hex'),
    networks: { ip: '127.0.0.1' },
    profile,
    quota,
    grants: { query: grants as unknown as readonly ConfigNode[] },
  };
}

export function toXml(node: ConfigNode, indent = ''): string {
  let xml = '';
  for (const [element, value] of Object.entries(node)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const content = typeof item === 'object' ? toXml(item as ConfigNode, `${indent}  `) : escapeXml(String(item));
      xml +=
        typeof item === 'object' && content !== ''
          ? `${indent}<${element}>\n${content}${indent}</${element}>\n`
          : `${indent}<${element}>${content}</${element}>\n`;
    }
  }
  return xml;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
