/** How often it is said. */
const SAY_MS = 500;

/** Says so, again and again, while something happens at least so often a second. Answers what to call when it happens. */
export function watchRate(options: { perSecond: number; onMany: () => void }): (nowMs: number) => void {
  const { perSecond, onMany } = options;
  const enough = Math.ceil((perSecond * SAY_MS) / 1000);
  let beganMs = Number.NEGATIVE_INFINITY;
  let times = 0;
  return (nowMs) => {
    if (nowMs - beganMs >= SAY_MS) {
      beganMs = nowMs;
      times = 0;
    }
    times++;
    if (times === enough) onMany();
  };
}
