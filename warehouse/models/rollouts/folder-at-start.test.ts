import { expect, test } from 'vitest';
import { folderAtStart, formerRollout } from './folder-at-start.ts';
import type { Rollout } from './rollout.ts';

const NOTHING = { built: [], dropped: [], tests: true, code: '', detail: '', startedAt: '', endedAt: null };

/** Oldest first: `state reason folder own`. */
function rollouts(...lines: string[]): Rollout[] {
  return lines
    .map((line, i) => {
      const [state, reason, folder, ownFolder] = line.split(' ') as [string, string, string, string];
      return { ...NOTHING, number: i + 1, state, reason, folder, ownFolder, watermark: '0', progress: null } as never;
    })
    .reverse();
}

function at(own: string, ...lines: string[]): string {
  const start = folderAtStart({ rollouts: rollouts(...lines), own });
  return start.kind === 'own' ? 'own' : `${start.rollout.folder}${start.isOwnNext ? ' then own' : ''}`;
}

test('the first folder is the one on the disk', () => {
  expect(at('A')).toBe('own');
  expect(at('B', 'failed start A A')).toBe('own');
});

test('a folder that has changed is taken up behind the one that readers see', () => {
  expect(at('A', 'live start A A')).toBe('A');
  expect(at('B', 'live start A A')).toBe('A then own');
  expect(at('A', 'live start A A', 'live run B B')).toBe('B then own');
});

test('what failed, or was replaced from elsewhere, does not come back by a restart', () => {
  expect(at('B', 'live start A A', 'failed start B B')).toBe('A');
  expect(at('C', 'live start A A', 'failed start B B')).toBe('A then own');
  expect(at('A', 'live start A A', 'live run B A')).toBe('B');
  expect(at('C', 'live start A A', 'live run B A')).toBe('B then own');
});

test('what is under way goes on, unless the folder has changed since', () => {
  expect(at('B', 'live start A A', 'building start B B')).toBe('B');
  expect(at('C', 'live start A A', 'testing run B A')).toBe('B then own');
});

test('while rolled back nothing is taken up by a restart', () => {
  const back = ['live start A A', 'live run B B', 'live rollback A B'];
  expect(at('B', ...back)).toBe('A');
  expect(at('C', ...back)).toBe('A');
  expect(at('C', ...back, 'failed run C C')).toBe('A');
  expect(at('D', ...back, 'live run C C')).toBe('C then own');
});

test('a rollback leads to the last other version that readers saw', () => {
  const numberOf = (...lines: string[]) => formerRollout(rollouts(...lines))?.number ?? null;
  expect(numberOf()).toBe(null);
  expect(numberOf('live start A A')).toBe(null);
  expect(numberOf('live start A A', 'live run B B')).toBe(1);
  expect(numberOf('live start A A', 'failed run X X', 'live run B B', 'live run B B', 'failed run C C')).toBe(1);
  expect(numberOf('live start A A', 'live run B B', 'live rollback A B')).toBe(2);
});
