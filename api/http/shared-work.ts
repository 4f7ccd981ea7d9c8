interface Running<V> {
  readonly result: Promise<V>;
  readonly controller: AbortController;
  waiting: number;
}

/** Lets those who ask for the same thing at the same time wait for one piece of work. */
export class SharedWork<V> {
  readonly #running = new Map<string, Running<V>>();

  /**
   * Joins the work under way for the key, or begins it. Whoever goes away stops waiting (rejected with the signal's
   * reason); the work is aborted when nobody waits for it any more.
   */
  async run(key: string, gone: AbortSignal, work: (signal: AbortSignal) => Promise<V>): Promise<V> {
    gone.throwIfAborted();
    const running = this.#running.get(key) ?? this.#begin(key, work);
    running.waiting += 1;
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(gone.reason);
    gone.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([running.result, left.promise]);
    } finally {
      gone.removeEventListener('abort', leave);
      running.waiting -= 1;
      if (running.waiting === 0) {
        this.#forget(key, running);
        running.controller.abort();
      }
    }
  }

  #begin(key: string, work: (signal: AbortSignal) => Promise<V>): Running<V> {
    const controller = new AbortController();
    const running: Running<V> = { result: work(controller.signal), controller, waiting: 0 };
    this.#running.set(key, running);
    const done = (): void => this.#forget(key, running);
    running.result.then(done, done);
    return running;
  }

  #forget(key: string, running: Running<V>): void {
    if (this.#running.get(key) === running) this.#running.delete(key);
  }
}
