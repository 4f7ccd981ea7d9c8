import { trimAuditLog } from '../../access/audit-log.ts';
import { ensureModelBookkeeping } from '../../models/store/bookkeeping.ts';
import { trimState } from '../../models/store/trim-state.ts';
import type { ScheduledTask } from '../task.ts';
import { trimLedger } from '../trim-ledger.ts';
import type { TaskEnvironment } from './task-environment.ts';

/** Removes what is kept for a time, and what a time to live of its table cannot remove: the last of it has to stay. */
export function retentionTask({ client }: Pick<TaskEnvironment, 'client'>): ScheduledTask {
  return {
    name: 'retention',
    async run({ signal }) {
      await ensureModelBookkeeping(client);
      await trimState(client);
      signal.throwIfAborted();
      await trimLedger(client);
      await trimAuditLog(client);
      return 'published states, journals, the ledger and the audit log are trimmed';
    },
  };
}
