import { describe, expect, it } from 'vitest';
import { SharedWork } from './shared-work.ts';

const never = new AbortController().signal;

describe('SharedWork', () => {
  it('does the work once for those who ask at the same time, and again afterwards', async () => {
    const shared = new SharedWork<number>();
    let begun = 0;
    const work = async () => {
      begun += 1;
      await Promise.resolve();
      return begun;
    };
    expect(await Promise.all(['a', 'a', 'b', 'a'].map((key) => shared.run(key, never, work)))).toEqual([2, 2, 2, 2]);
    expect(begun).toBe(2);
    expect(await shared.run('a', never, work)).toBe(3);
  });

  it('tells everybody of a failure and forgets it', async () => {
    const shared = new SharedWork<number>();
    const fail = () => Promise.reject(new Error('no'));
    const answers = await Promise.allSettled([shared.run('a', never, fail), shared.run('a', never, fail)]);
    expect(answers.map((answer) => answer.status)).toEqual(['rejected', 'rejected']);
    expect(await shared.run('a', never, async () => 1)).toBe(1);
  });

  it('aborts the work only when the last one who waits goes away', async () => {
    const shared = new SharedWork<number>();
    const [first, second] = [new AbortController(), new AbortController()];
    const begun: AbortSignal[] = [];
    const work = (signal: AbortSignal) => {
      begun.push(signal);
      return new Promise<number>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const answers = [shared.run('a', first.signal, work), shared.run('a', second.signal, work)];
    const settled = Promise.allSettled(answers);
    first.abort();
    await expect(answers[0]).rejects.toThrow();
    expect(begun.map((signal) => signal.aborted)).toEqual([false]);
    second.abort();
    await settled;
    expect(begun.map((signal) => signal.aborted)).toEqual([true]);
    expect(await shared.run('a', never, async () => 7)).toBe(7);
  });
});
