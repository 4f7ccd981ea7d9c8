import { startApi } from '../../api/server.ts';
import { aborted } from '../../runtime/abortable.ts';
import type { RoleOptions } from './role.ts';

/**
 * The reporting API. It hears of each published watermark, so that requests share one reading of it, and where the other
 * parts serve their metrics; and it says so while much is asked of it.
 */
export async function apiRole({ config, logger, signal, supervisor }: RoleOptions): Promise<void> {
  const published = new EventTarget();
  let otherMetrics: Readonly<Record<string, string>> = {};
  supervisor.onMessage((message) => {
    if (message.type === 'published') published.dispatchEvent(new CustomEvent('published', { detail: message.state }));
    else if (message.type === 'metrics') otherMetrics = message.urls as Record<string, string>;
  });
  const onManyAsked = (): void => supervisor.send({ type: 'asked' });
  const api = await startApi({ config, logger, published, onManyAsked, otherMetrics: () => otherMetrics });
  supervisor.ready({ url: api.url });
  await aborted(signal);
  await api.close();
}
