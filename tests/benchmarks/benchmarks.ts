import { admission } from "./admission/admission.ts";
import { burst } from "./burst/burst.ts";
import type { Benchmark } from "./measure/comparison.ts";
import { memory } from "./memory/memory.ts";
import { start } from "./start/start.ts";
import { sweep } from "./sweep/sweep.ts";

/** All benchmarks of `npm run bench`, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  admission,
  burst,
  memory,
  sweep,
  start,
];
