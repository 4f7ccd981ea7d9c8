/** Days, or seconds where periods are hours: both ends belong to it. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

export function windowKey({ from, to }: Window): string {
  return `${from}:${to}`;
}

/**
 * Windows as layers in which no two overlap, so that a query can give each fact one of them: an order that is in two windows
 * would be counted in one. As few layers as there can be; in each they are in order.
 */
export function layersOf(windows: readonly Window[]): Window[][] {
  const distinct = [...new Map(windows.map((window) => [windowKey(window), window])).values()];
  distinct.sort((left, right) => left.from - right.from || left.to - right.to);
  const layers: Window[][] = [];
  for (const window of distinct) {
    const free = layers.find((layer) => (layer.at(-1) as Window).to < window.from);
    if (free === undefined) layers.push([window]);
    else free.push(window);
  }
  return layers;
}

/** What a layer's windows cover, without gaps. */
export function runsOf(layer: readonly Window[]): Window[] {
  const runs: Window[] = [];
  for (const { from, to } of layer) {
    const last = runs.at(-1);
    if (last !== undefined && last.to + 1 === from) runs[runs.length - 1] = { from: last.from, to };
    else runs.push({ from, to });
  }
  return runs;
}

/** How a point finds the start of its window: by counting where all are of one length, else by looking it up. */
export type Bucketing = { readonly first: number; readonly length: number } | { readonly starts: readonly number[] };

/** Precondition: a layer, not empty. */
export function bucketingOf(layer: readonly Window[]): Bucketing {
  const { from: first, to } = layer[0] as Window;
  const length = to - first + 1;
  const isEven = layer.every((each) => each.to - each.from + 1 === length && (each.from - first) % length === 0);
  return isEven ? { first, length } : { starts: layer.map(({ from }) => from) };
}

/** The pieces into which the ends of windows cut what they cover. */
export function piecesOf(windows: readonly Window[]): Window[] {
  const cuts = [...new Set(windows.flatMap(({ from, to }) => [from, to + 1]))].sort((left, right) => left - right);
  const covered = mergedOf(windows);
  const pieces: Window[] = [];
  let at = 0;
  for (const [index, from] of cuts.slice(0, -1).entries()) {
    while (at < covered.length && (covered[at] as Window).to < from) at++;
    if ((covered[at]?.from ?? Number.POSITIVE_INFINITY) <= from) {
      pieces.push({ from, to: (cuts[index + 1] as number) - 1 });
    }
  }
  return pieces;
}

function mergedOf(windows: readonly Window[]): Window[] {
  const merged: Window[] = [];
  for (const { from, to } of [...windows].sort((left, right) => left.from - right.from)) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last.to + 1)
      merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, to) };
    else merged.push({ from, to });
  }
  return merged;
}
