import { startApi } from '../../api/server.ts';
import { type RoleOptions, untilAborted } from './role.ts';

/** The reporting API. It reads the published watermark with each request, so it needs no word from the models. */
export async function apiRole({ config, logger, signal, supervisor }: RoleOptions): Promise<void> {
  const api = await startApi({ config, logger });
  supervisor.ready({ url: api.url });
  await untilAborted(signal);
  await api.close();
}
