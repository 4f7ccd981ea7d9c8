/** Tells when a connection has been asked something and has said nothing for too long: it may be open at this end only. */
export interface Silence {
  /** To be told from time to time how many bytes have passed in all. True when the other end counts as gone. */
  isTooLong(nowMs: number, bytes: { readonly read: number; readonly written: number }): boolean;
}

export function createSilence(limitMs: number): Silence {
  let read = 0;
  let writtenThen = 0;
  let waitingSinceMs: number | null = null;
  return {
    isTooLong(nowMs, bytes) {
      if (bytes.read !== read) {
        // What else was asked before may still be unanswered; whoever asks again begins the waiting again.
        read = bytes.read;
        writtenThen = bytes.written;
        waitingSinceMs = null;
        return false;
      }
      if (bytes.written === writtenThen) return false;
      waitingSinceMs ??= nowMs;
      return nowMs - waitingSinceMs >= limitMs;
    },
  };
}
