import { admission } from "./admission/admission.ts";
import { burst } from "./burst/burst.ts";
import type { Benchmark } from "./comparison.ts";
import { memory } from "./memory.ts";
import { sweep } from "./sweep/sweep.ts";

/** All benchmarks of `npm run bench`, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  admission,
  burst,
  memory,
  sweep,
  // Here comes `start`, the time until Pods exist and are Running, with other ways to get a volume.
];
