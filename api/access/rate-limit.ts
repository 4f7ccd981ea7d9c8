/** A bucket that fills steadily and holds a minute's worth. */
export interface Bucket {
  readonly tokens: number;
  readonly atMs: number;
}

export interface Taken {
  readonly bucket: Bucket;
  readonly isAllowed: boolean;
  /** Requests that could be made at once now. */
  readonly remaining: number;
  /** Until the next one; 0 where one can be made now. */
  readonly retryAfterSeconds: number;
  /** Until all of them could be made at once again. */
  readonly fullAfterSeconds: number;
}

const MINUTE_MS = 60_000;

/** Takes one request out of a minute's `limit`. A request that is refused costs nothing. */
export function take(bucket: Bucket | undefined, limit: number, nowMs: number): Taken {
  const perMs = limit / MINUTE_MS;
  const filled =
    bucket === undefined ? limit : Math.min(limit, bucket.tokens + Math.max(0, nowMs - bucket.atMs) * perMs);
  const isAllowed = filled >= 1;
  const tokens = isAllowed ? filled - 1 : filled;
  return {
    bucket: { tokens, atMs: nowMs },
    isAllowed,
    remaining: Math.floor(tokens),
    retryAfterSeconds: tokens >= 1 ? 0 : Math.ceil((1 - tokens) / perMs / 1000),
    fullAfterSeconds: Math.ceil((limit - tokens) / perMs / 1000),
  };
}

/** Bucket of whoever asks, in this process: several APIs on one warehouse count each for itself. */
export interface RateLimits {
  take(who: string, limit: number): Taken;
}

/** More than this many askers within a minute: full ones are forgotten, which is the same as never seen. */
const MAX_BUCKETS = 10_000;

export function createRateLimits(now: () => number = () => performance.now()): RateLimits {
  const buckets = new Map<string, { bucket: Bucket; limit: number }>();
  return {
    take(who, limit) {
      const nowMs = now();
      if (buckets.size >= MAX_BUCKETS) {
        for (const [each, { bucket }] of buckets) if (nowMs - bucket.atMs >= MINUTE_MS) buckets.delete(each);
      }
      const known = buckets.get(who);
      const taken = take(known?.limit === limit ? known.bucket : undefined, limit, nowMs);
      buckets.set(who, { bucket: taken.bucket, limit });
      return taken;
    },
  };
}
