import { type Logger, pino } from 'pino';

export type { Logger };

/** Structured log to standard error (standard output is for answers and the ready line). */
export function createLogger(options: { name: string; level?: string }): Logger {
  return pino({ name: options.name, level: options.level ?? 'info' }, pino.destination({ dest: 2, sync: true }));
}
