import type { Config } from '../../runtime/config/config.ts';
import { MillraceError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/logger.ts';
import { planProject } from './plan.ts';
import { readProject } from './project/read-project.ts';

/**
 * The source tables whose changes the models need, as `source.table`; false without models. A project that cannot be
 * read is the models' trouble, not the loader's: then every table counts.
 */
export async function tablesReadByModels(config: Config, logger: Logger): Promise<boolean | ReadonlySet<string>> {
  if (config.models === false) return false;
  try {
    return new Set(planProject(await readProject(config.models)).sources.keys());
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    logger.warn({ code: error.code, err: error.message }, 'models cannot be read, changes of every table are kept');
    return true;
  }
}
