/** What the demo shows while it runs. */
export interface SystemStatus {
  readonly capturedRows: number;
  /** Null while nothing has been published. */
  readonly published: { readonly watermark: string; readonly publishedAt: string; readonly lagSeconds: number } | null;
  /** Parts that do not run at the moment, as `name state`. */
  readonly troubles: readonly string[];
}

export function formatStatus({ capturedRows, published, troubles }: SystemStatus): string {
  const parts = [`captured ${capturedRows.toLocaleString('en-US')} rows`];
  if (published === null) parts.push('nothing published yet');
  else {
    parts.push(`lag ${published.lagSeconds.toFixed(1)} s`);
    parts.push(`published watermark ${published.watermark} at ${published.publishedAt.slice(11, 19)} UTC`);
  }
  return [...parts, ...troubles].join(' · ');
}

export interface StatusLine {
  show(text: string): void;
  /** Leaves the last line where it is. */
  end(): void;
}

const PLAIN_EVERY_MS = 5_000;

/** Redrawn in place on a terminal; elsewhere one plain line every five seconds. */
export function createStatusLine(stream: NodeJS.WriteStream): StatusLine {
  let lastPlainMs = Number.NEGATIVE_INFINITY;
  let drawn = false;
  return {
    show(text) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[2K${text.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
        drawn = true;
      } else if (performance.now() - lastPlainMs >= PLAIN_EVERY_MS) {
        lastPlainMs = performance.now();
        stream.write(`${text}\n`);
      }
    },
    end() {
      if (drawn) stream.write('\n');
      drawn = false;
    },
  };
}
