/** Shares of the rate at which everything is busy. */
const FIRST = 0.3;
const STEP = 0.1;
/** One slow step can have another reason. */
const SLOW_STEPS = 2;

/**
 * The highest rate that `holds`, in steps from below. It ends after two steps in a row that do not. When none holds, it is the step
 * below the first.
 */
export async function highestRate(
  busy: number,
  holds: (rate: number) => Promise<boolean>,
): Promise<number> {
  let highest = (FIRST - STEP) * busy;
  let slow = 0;
  for (let step = 0; slow < SLOW_STEPS; step += 1) {
    const rate = (FIRST + step * STEP) * busy;
    if (await holds(rate)) {
      highest = rate;
      slow = 0;
    } else slow += 1;
  }
  return highest;
}
