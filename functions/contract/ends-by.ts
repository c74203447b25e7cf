/** True when `work` succeeds or fails by `deadline`, in milliseconds of `performance.now()`; false at the deadline, and `work` goes on. */
export async function endsBy(
  work: Promise<unknown>,
  deadline: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    const left = Math.max(0, deadline - performance.now());
    timer = setTimeout(() => resolve(false), left);
  });
  try {
    return await Promise.race([
      work.then(
        () => true,
        () => true,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
