import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MillraceError } from '../../runtime/errors.ts';
import { EMBEDDED_ERRORS } from './errors.ts';

export type WarehouseUser = 'millrace' | 'reader' | 'bi';

/** Where an embedded server listens and how to log in. */
export interface Endpoint {
  readonly host: string;
  readonly httpPort: number;
  readonly nativePort: number;
  /** Passwords by user. */
  readonly users: Readonly<Record<WarehouseUser, string>>;
}

/** Other processes find the server through `<folder>/endpoint.json`. Throws EMBEDDED_ENDPOINT_MISSING. */
export function readEndpoint(folder: string): Endpoint {
  try {
    return JSON.parse(readFileSync(endpointPath(folder), 'utf8')) as Endpoint;
  } catch (error) {
    throw new MillraceError(EMBEDDED_ERRORS.endpointMissing, `nothing to read at ${endpointPath(folder)}`, {
      cause: error,
    });
  }
}

export function writeEndpoint(folder: string, endpoint: Endpoint): void {
  writePrivateFile(endpointPath(folder), `${JSON.stringify(endpoint, null, 2)}\n`);
}

export function removeEndpoint(folder: string): void {
  rmSync(endpointPath(folder), { force: true });
}

/** Replaces a file at once, readable by its owner only. */
export function writePrivateFile(path: string, content: string): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  renameSync(draft, path);
}

function endpointPath(folder: string): string {
  return join(folder, 'endpoint.json');
}
