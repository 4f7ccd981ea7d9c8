/** A function to be maximised, with its gradient. */
export type Objective = (at: readonly number[]) => { value: number; gradient: readonly number[] };

export interface Maximum {
  readonly at: readonly number[];
  readonly value: number;
  readonly iterations: number;
  /** The gradient vanished: no direction leads further up. */
  readonly isConverged: boolean;
  /** Square roots of the diagonal of the inverse of the negative Hessian; null where that is not positive definite. */
  readonly standardErrors: readonly number[] | null;
}

const MAX_ITERATIONS = 500;
/** Of the gradient, relative to the size of the value. */
const TOLERANCE = 1e-9;
/** A step that gains less of the value than this gains nothing but rounding. */
const SMALLEST_GAIN = 1e-14;
/** Of the gradient, where rounding lets no step lead further up: what is left to gain is half its square, of the value. */
const ROUNDED_TOLERANCE = 1e-6;
const SUFFICIENT = 1e-4;
const HESSIAN_STEP = 1e-4;

/**
 * From the first start that leads to a maximum; from the one that leads highest where none does. Without the curvature (`false`), which
 * takes as long as half of a search, flat maxima are not told from others. Precondition: one start.
 */
export function maximiseFrom(
  objective: Objective,
  starts: readonly (readonly number[])[],
  withCurvature = true,
): Maximum {
  let best: Maximum | null = null;
  for (const start of starts) {
    const found = maximise(objective, start, withCurvature);
    if (best === null || found.value > best.value) best = found;
    if (best.isConverged && (best.standardErrors !== null || !withCurvature)) break;
  }
  return best as Maximum;
}

/**
 * BFGS with backtracking (Nocedal and Wright, Numerical Optimization, 6.1), and the curvature at what it found: a maximum in which
 * some direction is flat is none that data tell. What grows without end is followed until it grows no more.
 */
export function maximise(objective: Objective, start: readonly number[], withCurvature = true): Maximum {
  let at = start;
  let here = objective(at);
  /** Null: nothing is known of the curvature. */
  let inverse: number[][] | null = null;
  let iterations = 0;
  for (; iterations < MAX_ITERATIONS && !isFlat(here, TOLERANCE); iterations++) {
    const direction = inverse === null ? here.gradient : times(inverse, here.gradient);
    const next = stepAlong(objective, { at, here, direction });
    if (next === null || next.value - here.value <= SMALLEST_GAIN * Math.max(1, Math.abs(here.value))) {
      if (inverse === null) break;
      inverse = null; // What was learned far from here may be what leads nowhere.
      continue;
    }
    inverse = updated(inverse ?? identity(at.length), minus(next.at, at), minus(here.gradient, next.gradient));
    at = next.at;
    here = next;
  }
  return {
    at,
    value: here.value,
    iterations,
    isConverged: isFlat(here, ROUNDED_TOLERANCE),
    standardErrors: withCurvature ? errorsAt(objective, at) : null,
  };
}

function isFlat({ value, gradient }: ReturnType<Objective>, tolerance: number): boolean {
  return norm(gradient) <= tolerance * Math.max(1, Math.abs(value));
}

/** The first of ever shorter steps that gains enough; null where none does. No parameter is moved by more than 1. */
function stepAlong(
  objective: Objective,
  from: { at: readonly number[]; here: ReturnType<Objective>; direction: readonly number[] },
) {
  const { at, here, direction } = from;
  const slope = dot(direction, here.gradient);
  if (!(slope > 0)) return null;
  let step = Math.min(1, 1 / Math.max(...direction.map(Math.abs)));
  for (let halvings = 0; halvings < 40; halvings++, step /= 2) {
    const there = at.map((value, i) => value + step * (direction[i] as number));
    const found = objective(there);
    if (Number.isFinite(found.value) && found.value >= here.value + SUFFICIENT * step * slope) {
      return { at: there, ...found };
    }
  }
  return null;
}

/** The inverse of the curvature after a step `s` by which the gradient fell by `y`. */
function updated(inverse: number[][], s: readonly number[], y: readonly number[]): number[][] {
  const sy = dot(s, y);
  if (!(sy > 1e-14 * norm(s) * norm(y))) return inverse;
  const hy = times(inverse, y);
  const factor = (1 + dot(y, hy) / sy) / sy;
  return inverse.map((row, i) =>
    row.map(
      (value, j) =>
        value +
        factor * (s[i] as number) * (s[j] as number) -
        ((hy[i] as number) * (s[j] as number) + (s[i] as number) * (hy[j] as number)) / sy,
    ),
  );
}

function errorsAt(objective: Objective, at: readonly number[]): number[] | null {
  const n = at.length;
  const hessian: number[][] = [];
  for (let i = 0; i < n; i++) {
    const moved = (by: number) => objective(at.map((value, j) => (i === j ? value + by : value)));
    const [up, down] = [moved(HESSIAN_STEP), moved(-HESSIAN_STEP)];
    hessian.push(up.gradient.map((value, j) => (value - (down.gradient[j] as number)) / (2 * HESSIAN_STEP)));
  }
  const negative = hessian.map((row, i) => row.map((value, j) => -(value + (hessian[j]?.[i] as number)) / 2));
  const inverse = inverseOf(negative);
  return inverse === null ? null : inverse.map((row, i) => Math.sqrt(row[i] as number));
}

/** By Cholesky; null for a matrix that is not positive definite. */
function inverseOf(matrix: readonly (readonly number[])[]): number[][] | null {
  const n = matrix.length;
  const lower = matrix.map(() => new Array<number>(n).fill(0));
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i]?.[j] as number;
      for (let k = 0; k < j; k++) sum -= (lower[i]?.[k] as number) * (lower[j]?.[k] as number);
      if (i !== j) (lower[i] as number[])[j] = sum / (lower[j]?.[j] as number);
      else if (sum > 1e-10 * Math.abs(matrix[i]?.[i] as number)) (lower[i] as number[])[i] = Math.sqrt(sum);
      else return null;
    }
  }
  return matrix.map((_, column) => {
    const solved = new Array<number>(n).fill(0);
    for (let i = 0; i < n; i++) {
      let sum = i === column ? 1 : 0;
      for (let k = 0; k < i; k++) sum -= (lower[i]?.[k] as number) * (solved[k] as number);
      solved[i] = sum / (lower[i]?.[i] as number);
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = solved[i] as number;
      for (let k = i + 1; k < n; k++) sum -= (lower[k]?.[i] as number) * (solved[k] as number);
      solved[i] = sum / (lower[i]?.[i] as number);
    }
    return solved;
  });
}

function identity(n: number): number[][] {
  return Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
}

function times(matrix: readonly (readonly number[])[], vector: readonly number[]): number[] {
  return matrix.map((row) => dot(row, vector));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function minus(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value - (b[i] as number));
}

function norm(a: readonly number[]): number {
  return Math.sqrt(dot(a, a));
}
