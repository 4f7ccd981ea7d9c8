import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { WarehouseConfig } from '../../runtime/config/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { connect } from '../../warehouse/clickhouse/connect.ts';
import { type Catalog, readCatalog } from '../../warehouse/models/docs/catalog.ts';
import { readDeclared } from '../../warehouse/models/docs/declared/read-declared.ts';
import { describeNodes } from '../../warehouse/models/docs/node-docs.ts';
import { FRONT_PAGE } from '../../warehouse/models/docs/site/hrefs.ts';
import { siteFiles } from '../../warehouse/models/docs/site/site-files.ts';
import { writeSite } from '../../warehouse/models/docs/write-site.ts';
import { type Lineage, lineageOf } from '../../warehouse/models/lineage/lineage.ts';
import { planProject } from '../../warehouse/models/plan.ts';
import { readProject } from '../../warehouse/models/project/read-project.ts';

export interface ModelsDocsOptions {
  readonly folder: string;
  /** Where types of columns are asked for; null: nowhere. */
  readonly warehouse: WarehouseConfig | null;
  /** The warehouse was asked for: without its answer there are no docs. */
  readonly needsTypes: boolean;
  /** Where the site goes. */
  readonly out: string;
  /** Show it in the browser. */
  readonly open: boolean;
  readonly json: boolean;
}

const TIMEOUT_MS = 10_000;

/** Writes the static site of the models. Throws MR-DOCS-003, MR-MODEL-001, MR-MODEL-002, what the warehouse throws. */
export async function modelsDocs(options: ModelsDocsOptions): Promise<void> {
  const { folder, out, json } = options;
  const project = await readProject(folder);
  planProject(project); // What cannot be kept exact is said here too.
  const lineage = lineageOf(project);
  const declared = await readDeclared(folder);
  const catalog = await catalogOf(options, lineage);
  const nodes = describeNodes({ lineage, declared, catalog });
  const files = siteFiles({ name: project.name, lineage, declared, nodes });
  await writeSite(out, files);
  const url = pathToFileURL(join(out, FRONT_PAGE)).href;
  const pages = [...files.keys()].filter((path) => path.endsWith('.html')).length;
  if (json) process.stdout.write(`${JSON.stringify({ url, folder: out, pages, types: catalog !== null })}\n`);
  else process.stdout.write(`${pages} pages${catalog === null ? '' : ', with the types of the warehouse'}: ${url}\n`);
  if (options.open) openInBrowser(url);
}

/** Null, with a word about it, where no warehouse answers: the docs are written without types then. */
async function catalogOf(
  { warehouse, needsTypes }: Pick<ModelsDocsOptions, 'warehouse' | 'needsTypes'>,
  lineage: Lineage,
): Promise<Catalog | null> {
  if (warehouse === null) return without('no warehouse is configured and no demo runs');
  try {
    const logger = createLogger({ name: 'docs', level: 'silent' });
    const client = await connect({ config: warehouse, role: 'reader', logger, requestTimeoutMs: TIMEOUT_MS });
    try {
      return await readCatalog(client, lineage);
    } finally {
      await client.close();
    }
  } catch (error) {
    if (needsTypes) throw error;
    return without(error instanceof Error ? error.message : String(error));
  }
}

function without(reason: string): null {
  process.stderr.write(`millrace: columns have no types, ${reason}\n`);
  return null;
}

/** Whether it worked is the desktop's business. */
function openInBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', url]
        : ['xdg-open', url];
  const child = spawn(command as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
