import { createLogger } from '../logger.ts';
import { runSupervised } from './run-supervised.ts';

interface Start {
  readonly mode: 'work' | 'fail' | 'deaf';
  readonly token: string;
}

// A child for the tests: says its pid when ready, answers `ask`, and fails, or ignores SIGTERM, when told to.
await runSupervised<Start>({
  createLogger: () => createLogger({ name: 'fixture', level: 'silent' }),
  run: async ({ mode, token }, supervisor, signal) => {
    if (mode === 'fail') throw new Error('told to fail');
    supervisor.onMessage((message) => {
      if (message.type === 'ask') supervisor.send({ type: 'answer', token });
    });
    supervisor.ready({ pid: process.pid });
    if (mode === 'deaf') {
      for (;;); // never yields: SIGTERM's listener is not reached
    }
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    supervisor.send({ type: 'drained' });
  },
});
