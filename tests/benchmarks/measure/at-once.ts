/** Calls `work` `count` times, for so many at once, and returns how long each took, in milliseconds. Rejects with the first failure. */
export async function timesOf(
  count: number,
  atOnce: number,
  work: () => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left > 0) {
        left -= 1;
        const begin = performance.now();
        await work();
        times.push(performance.now() - begin);
      }
    }),
  );
  return times;
}
