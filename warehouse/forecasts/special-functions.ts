/** Functions that the likelihoods below need; each says how exact it is. */

const LANCZOS_G = 607 / 128;
/** Godfrey's coefficients for g = 607/128: relative error below 1e-15 (https://www.numericana.com/answer/info/godfrey.htm). */
const LANCZOS = [
  0.9999999999999971, 57.15623566586292, -59.59796035547549, 14.136097974741746, -0.4919138160976202,
  3.399464998481189e-5, 4.652362892704858e-5, -9.837447530487956e-5, 0.0001580887032249125, -0.00021026444172410488,
  0.00021743961811521265, -0.0001643181065367639, 8.441822398385275e-5, -2.6190838401581408e-5, 3.6899182659531625e-6,
];

/** Natural logarithm of the gamma function. Precondition: x > 0. */
export function logGamma(x: number): number {
  let sum = LANCZOS[0] as number;
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (x + i - 1);
  const base = x + LANCZOS_G - 0.5;
  return (x - 0.5) * Math.log(base) - base + 0.5 * Math.log(2 * Math.PI) + Math.log(sum);
}

/** Derivative of `logGamma`: upwards by the recurrence, then the asymptotic series; 1e-14. Precondition: x > 0. */
export function digamma(x: number): number {
  let value = 0;
  let at = x;
  while (at < 10) {
    value -= 1 / at;
    at += 1;
  }
  const inverse = 1 / (at * at);
  const series =
    inverse * (1 / 12 - inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132)))));
  return value + Math.log(at) - 0.5 / at - series;
}

/** `log(exp(a) + exp(b))` without overflow; either may be minus infinity. */
export function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  if (high === Number.NEGATIVE_INFINITY) return high;
  return high + Math.log1p(Math.exp(Math.min(a, b) - high));
}
