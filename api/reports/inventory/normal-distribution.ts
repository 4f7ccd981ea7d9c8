/**
 * Standard normal distribution, to about 14 digits: Hart's rational approximation as in G. West, "Better approximations to
 * cumulative normal functions", Wilmott Magazine 2005.
 */
export function normalProbability(x: number): number {
  const size = Math.abs(x);
  const tail = size > 37 ? 0 : Math.exp((-size * size) / 2) * (size < 7.07106781186547 ? nearby(size) : farOff(size));
  return x > 0 ? 1 - tail : tail;
}

/** Where the distribution reaches a probability between 0 and 1; by halving, since it is asked once a report. */
export function normalQuantile(probability: number): number {
  let [low, high] = [-40, 40];
  for (let step = 0; step < 80; step++) {
    const middle = (low + high) / 2;
    if (normalProbability(middle) < probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const DIVIDEND = [
  0.0352624965998911, 0.700383064443688, 6.37396220353165, 33.912866078383, 112.079291497871, 221.213596169931,
  220.206867912376,
];
const DIVISOR = [
  0.0883883476483184, 1.75566716318264, 16.064177579207, 86.7807322029461, 296.564248779674, 637.333633378831,
  793.826512519948, 440.413735824752,
];

function nearby(x: number): number {
  const at = (coefficients: readonly number[]) => coefficients.reduce((sum, each) => sum * x + each, 0);
  return at(DIVIDEND) / at(DIVISOR);
}

function farOff(x: number): number {
  return 1 / ((x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65))))) * Math.sqrt(2 * Math.PI));
}
