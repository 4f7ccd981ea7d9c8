/**
 * Exponential smoothing with a damped trend and a season (Holt and Winters; the state equations are those of Hyndman and
 * Athanasopoulos, Forecasting: Principles and Practice, 3rd ed., chapter 8). Pure functions over doubles.
 */
export const SEASONALITIES = ['none', 'additive', 'multiplicative'] as const;
export type Seasonality = (typeof SEASONALITIES)[number];

export interface Smoothing {
  readonly seasonality: Seasonality;
  /** Periods of a season; 1 without one. */
  readonly seasonLength: number;
  /** Weights of what is new in the level, the trend and the season, 0 to 1. */
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  /** What of the trend is left after each period. */
  readonly damping: number;
}

export interface Smoothed {
  readonly smoothing: Smoothing;
  readonly level: number;
  readonly trend: number;
  /** Of the next `seasonLength` periods. */
  readonly season: readonly number[];
  /** Sum of squares of what each period was off from what was expected just before it. */
  readonly squaredError: number;
  /** How many such errors there were. */
  readonly errors: number;
}

/** Two whole seasons, or a few periods without one; multiplicative ones only of what is above zero. */
export function canSmooth(values: readonly number[], seasonality: Seasonality, seasonLength: number): boolean {
  if (seasonality === 'none') return values.length >= 4;
  if (seasonLength < 2 || values.length < 2 * seasonLength + 1) return false;
  return seasonality === 'additive' || values.every((value) => value > 0);
}

/** Runs through the values. Precondition: `canSmooth`. */
export function smooth(values: readonly number[], smoothing: Smoothing): Smoothed {
  const { seasonality, alpha, beta, gamma, damping } = smoothing;
  const length = seasonality === 'none' ? 1 : smoothing.seasonLength;
  const isTimes = seasonality === 'multiplicative';
  const start = begin(values, seasonality, length);
  let { level, trend } = start;
  const season = [...start.season];
  let squaredError = 0;
  for (const [index, value] of values.entries()) {
    const at = index % length;
    const seasonal = season[at] as number;
    const base = level + damping * trend;
    const error = value - (isTimes ? base * seasonal : base + seasonal);
    squaredError += error * error;
    const next = alpha * (isTimes ? value / seasonal : value - seasonal) + (1 - alpha) * base;
    trend = beta * (next - level) + (1 - beta) * damping * trend;
    if (seasonality === 'additive') season[at] = gamma * (value - base) + (1 - gamma) * seasonal;
    // A level at zero says nothing of the season.
    if (isTimes && Math.abs(base) > 1e-9)
      season[at] = clamp(gamma * (value / base) + (1 - gamma) * seasonal, 1e-3, 1e3);
    level = next;
  }
  const from = values.length % length;
  return {
    smoothing,
    level,
    trend,
    season: [...season.slice(from), ...season.slice(0, from)],
    squaredError,
    errors: values.length,
  };
}

/** What is expected so many periods ahead, from 1 on. */
export function expected({ smoothing, level, trend, season }: Smoothed, ahead: number): number {
  const { damping, seasonality } = smoothing;
  const steps = damping === 1 ? ahead : (damping * (1 - damping ** ahead)) / (1 - damping);
  const seasonal = season[(ahead - 1) % season.length] as number;
  const base = level + steps * trend;
  return seasonality === 'multiplicative' ? base * seasonal : base + seasonal;
}

/** Standard deviation of what comes so many periods ahead around what is expected; of a multiplicative season as if the level stood still. */
export function deviation(smoothed: Smoothed, ahead: number): number {
  const { smoothing, season, squaredError, errors } = smoothed;
  const { seasonality, alpha, beta, gamma, damping } = smoothing;
  const parameters = seasonality === 'none' ? 3 : 4;
  const variance = squaredError / Math.max(errors - parameters, 1);
  let sum = 1;
  for (let step = 1; step < ahead; step++) {
    const steps = damping === 1 ? step : (damping * (1 - damping ** step)) / (1 - damping);
    const renews = seasonality !== 'none' && step % season.length === 0;
    sum += (alpha * (1 + beta * steps) + (renews ? gamma * (1 - alpha) : 0)) ** 2;
  }
  if (seasonality !== 'multiplicative') return Math.sqrt(variance * sum);
  const mean = season.reduce((total, each) => total + each, 0) / season.length;
  return Math.sqrt(variance * sum) * Math.abs((season[(ahead - 1) % season.length] as number) / mean);
}

/** The smoothing with the least error: a grid first, then ever smaller steps from its best point. Precondition: `canSmooth`. */
export function bestSmoothing(values: readonly number[], seasonality: Seasonality, seasonLength: number): Smoothed {
  const length = seasonality === 'none' ? 1 : seasonLength;
  const run = ([alpha, beta, gamma, damping]: readonly number[]) =>
    smooth(values, {
      seasonality,
      seasonLength: length,
      alpha: alpha as number,
      beta: beta as number,
      gamma: gamma as number,
      damping: damping as number,
    });
  const gammas = seasonality === 'none' ? [0] : [0.05, 0.2, 0.5];
  let at: number[] = [];
  let best: Smoothed | null = null;
  const consider = (candidate: number[]): boolean => {
    const smoothed = run(candidate);
    if (!Number.isFinite(smoothed.squaredError)) return false;
    if (best !== null && !(smoothed.squaredError < best.squaredError * (1 - 1e-9))) return false;
    [at, best] = [candidate, smoothed];
    return true;
  };
  for (const alpha of [0.05, 0.2, 0.4, 0.7, 0.95]) {
    for (const beta of [0.01, 0.1, 0.3]) {
      for (const gamma of gammas) for (const damping of [0.9, 0.98]) consider([alpha, beta, gamma, damping]);
    }
  }
  const limits = [
    [0.01, 0.99],
    [0.001, 0.99],
    [0, 0.99],
    [0.8, 0.98],
  ] as const;
  for (let step = 0.1; step > 0.01; step /= 2) {
    for (const [index, [low, high]] of limits.entries()) {
      if (seasonality === 'none' && index === 2) continue;
      for (const by of [step, -step]) {
        consider(at.map((value, each) => (each === index ? clamp(value + by, low, high) : value)));
      }
    }
  }
  return best ?? run([0.2, 0.01, gammas[0] as number, 0.9]);
}

function begin(
  values: readonly number[],
  seasonality: Seasonality,
  length: number,
): { level: number; trend: number; season: readonly number[] } {
  if (seasonality === 'none') {
    const few = Math.min(values.length, 4);
    const [first, last] = [values[0] as number, values[few - 1] as number];
    const trend = (last - first) / (few - 1);
    return { level: first - trend, trend, season: [0] };
  }
  const [first, second] = [mean(values.slice(0, length)), mean(values.slice(length, 2 * length))];
  const trend = (second - first) / length;
  const middle = (length - 1) / 2;
  const trendAt = (index: number) => first + (index - middle) * trend;
  const season = values.slice(0, length).map((value, index) => {
    const again = values[index + length] as number;
    if (seasonality === 'additive') return (value - trendAt(index) + again - trendAt(index + length)) / 2;
    return clamp((value / positive(trendAt(index)) + again / positive(trendAt(index + length))) / 2, 1e-3, 1e3);
  });
  return { level: trendAt(-1), trend, season };
}

function positive(value: number): number {
  return Math.max(value, 1e-9);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
