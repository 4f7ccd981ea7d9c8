/** Actions under one name run one after the other, in the order in which they were asked for; others side by side. */
export interface Turns {
  /** Answers, or rejects, as the action does; the next one runs in either case. */
  run<T>(name: string, action: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits under the name. */
  settled(name: string): Promise<void>;
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    run(name, action) {
      const done = (last.get(name) ?? Promise.resolve()).then(action);
      const over = done
        .catch(() => {}) // Told to whoever asked for it.
        .then(() => {
          if (last.get(name) === over) last.delete(name);
        });
      last.set(name, over);
      return done;
    },
    async settled(name) {
      for (let running = last.get(name); running !== undefined; running = last.get(name)) await running;
    },
  };
}
