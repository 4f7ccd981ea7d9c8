import type { ErrorDefinition } from '../../runtime/errors.ts';

/** What can go wrong with the embedded server. */
export const EMBEDDED_ERRORS = {
  unsupportedPlatform: {
    code: 'EMBEDDED_UNSUPPORTED_PLATFORM',
    cause:
      'The package with the ClickHouse server is not installed: there is none for this platform, or npm left it out.',
    remedy:
      'On Linux x64 with glibc run `npm ci` without --omit=optional. Elsewhere run a ClickHouse server and put its URL in `warehouse.url`.',
    policy: 'operator',
  },
  locked: {
    code: 'EMBEDDED_FOLDER_LOCKED',
    cause: 'Another process runs a warehouse in this folder.',
    remedy: 'Stop that process, or give this one a folder of its own in `warehouse.url`.',
    policy: 'operator',
  },
  portTaken: {
    code: 'EMBEDDED_PORT_TAKEN',
    cause: 'Another process listens on the port that the warehouse was told to use.',
    remedy: 'Stop that process, or set `warehouse.port` and `warehouse.native_port` to other ports, 0 for free ones.',
    policy: 'operator',
  },
  startFailed: {
    code: 'EMBEDDED_START_FAILED',
    cause: 'The ClickHouse server ended, or did not answer in time, while it was starting.',
    remedy: 'Read logs/server.log and logs/process.log in the folder of the warehouse.',
    policy: 'operator',
  },
  endpointMissing: {
    code: 'EMBEDDED_ENDPOINT_MISSING',
    cause: 'No embedded warehouse runs in this folder (it has no endpoint.json).',
    remedy: 'Start it with `millrace up` or `millrace warehouse`, then try again.',
    policy: 'retry',
  },
} as const satisfies Record<string, ErrorDefinition>;
