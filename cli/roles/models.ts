import { runModels } from '../../warehouse/models/main.ts';
import type { RoleOptions } from './role.ts';

/** Keeps the marts up to date: woken by ingest when something was loaded, else looking now and then. */
export async function modelsRole({ config, logger, signal, supervisor }: RoleOptions): Promise<void> {
  const wake = new EventTarget();
  supervisor.onMessage((message) => {
    if (message.type === 'loaded') wake.dispatchEvent(new Event('wake'));
  });
  supervisor.ready();
  await runModels({
    config,
    logger,
    signal,
    watch: true,
    wake,
    onPublished: (watermark) => supervisor.send({ type: 'published', watermark }),
  });
}
