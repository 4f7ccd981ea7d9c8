interface Asked<In, Out> {
  readonly items: readonly In[];
  resolve(out: readonly Out[]): void;
  reject(error: unknown): void;
}

/**
 * Answers what is asked while an answer is awaited all at once behind it: `ask` has an output for each input, in their
 * order, and is called once at a time. Where it rejects for several items each of them is asked for by itself, since what it
 * says may be of another one; unless that `isOfAll`.
 */
export function createGathering<In, Out>(
  ask: (items: readonly In[]) => Promise<readonly Out[]>,
  isOfAll: (error: unknown) => boolean,
): (items: readonly In[]) => Promise<readonly Out[]> {
  let waiting: Asked<In, Out>[] = [];
  let isAsking = false;

  async function askEach(items: readonly In[]): Promise<readonly Out[]> {
    const all: Out[] = [];
    for (const item of items) all.push(...(await ask([item])));
    return all;
  }

  async function answer(gathered: readonly Asked<In, Out>[]): Promise<void> {
    const items = gathered.flatMap((each) => each.items);
    const all = await ask(items).catch((error: unknown) => {
      if (items.length <= 1 || isOfAll(error)) throw error;
      return null;
    });
    let at = 0;
    for (const each of gathered) {
      const out = all?.slice(at, at + each.items.length) ?? askEach(each.items);
      at += each.items.length;
      await Promise.resolve(out).then(each.resolve, each.reject);
    }
  }

  async function answerAll(): Promise<void> {
    isAsking = true;
    while (waiting.length > 0) {
      const gathered = waiting;
      waiting = [];
      await answer(gathered).catch((error: unknown) => {
        for (const { reject } of gathered) reject(error);
      });
    }
    isAsking = false;
  }

  return (items) =>
    new Promise((resolve, reject) => {
      waiting.push({ items, resolve, reject });
      if (!isAsking) void answerAll();
    });
}
