import { readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { MillraceError } from '../../../runtime/errors.ts';
import { quoteIdentifier } from '../../clickhouse/quote.ts';
import { MODEL_ERRORS } from '../errors.ts';
import { BEGINNING, MOMENT_TYPE } from '../history/moment.ts';
import { listFiles, readYaml } from './folder-files.ts';
import type { HistoryMaintenance } from './maintenance.ts';
import type { Model } from './project.ts';
import { IS_CURRENT, parseSnapshot } from './snapshot-settings.ts';
import { openTemplate } from './template.ts';

/** The snapshots of a folder, with the text that decides about each. Throws MR-MODEL-001 and -007. */
export async function readSnapshots(options: {
  folder: string;
  /** Folders below it that may hold snapshots. */
  roots: readonly string[];
  macros: string;
  vars: Readonly<Record<string, unknown>>;
}): Promise<{ model: Model; text: string }[]> {
  const { folder, roots, macros, vars } = options;
  const found: { model: Model; text: string }[] = [];
  for (const root of new Set(roots)) {
    for (const path of await listFiles(join(folder, root))) {
      const file = relative(folder, path).replaceAll(sep, '/');
      if (path.endsWith('.sql')) await refuseSql(path, file);
      if (!/\.ya?ml$/.test(path)) continue;
      const content = (await readYaml(path)) as { snapshots?: unknown } | null;
      for (const declared of [content?.snapshots ?? []].flat()) {
        const model = snapshotModel({ declared, file, macros, vars });
        if (model !== null) found.push({ model, text: `${model.name}\n${JSON.stringify(model.maintenance)}` });
      }
    }
  }
  return found;
}

/** Null when it is not enabled. */
function snapshotModel(options: {
  declared: unknown;
  file: string;
  macros: string;
  vars: Readonly<Record<string, unknown>>;
}): Model | null {
  const { declared, file, macros, vars } = options;
  const named = (declared as { name?: unknown } | null)?.name;
  const snapshot = parseSnapshot(declared, `${file}: snapshot ${typeof named === 'string' ? named : 'without a name'}`);
  if (!snapshot.isEnabled) return null;
  const { name, maintenance, uniqueKey } = snapshot;
  const sql = firstVersions(maintenance);
  const template = openTemplate({ name, sql, macros, vars });
  return {
    name,
    path: file,
    sql,
    layer: 'snapshots',
    materialized: 'snapshot',
    schema: 'marts',
    uniqueKey,
    maintenance,
    refs: template.refs,
    sources: template.sources,
    description: (snapshot.description ?? '').trim(),
    config: { ...snapshot.config },
    compile: template.compile,
  };
}

/** What a history begins with, and the columns that it has. */
function firstVersions({ relation, valid_from: from, valid_to: to }: HistoryMaintenance): string {
  return `select
    *,
    cast('${BEGINNING}', '${MOMENT_TYPE.replaceAll("'", "\\'")}') as ${quoteIdentifier(from)},
    cast(null, 'Nullable(${MOMENT_TYPE.replaceAll("'", "\\'")})') as ${quoteIdentifier(to)},
    true as ${IS_CURRENT}
from {{ ref('${relation}') }}`;
}

async function refuseSql(path: string, file: string): Promise<void> {
  const [, name] = /\{%-?\s*snapshot\s+(\w+)/.exec(await readFile(path, 'utf8')) ?? [];
  if (name === undefined) return;
  throw new MillraceError(
    MODEL_ERRORS.snapshotRefused,
    `${file}: snapshot ${name} is written in SQL; write its select as a model that is kept by key, and the snapshot in a YAML file with relation: ref('that model')`,
  );
}
