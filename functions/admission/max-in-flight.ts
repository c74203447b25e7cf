/**
 * Admissions under way at once. Each holds a Pod of some kilobytes and waits for one of the kept connections, some ten
 * milliseconds each: a thousand are through in a second or two, and more would run into their deadlines together.
 */
const MAX_REQUESTS = 1_000;

/**
 * Bytes of memory for the bodies of all admissions under way, as `review-body.ts` reckons them: two bodies of the largest size at
 * once. The limit of the manifests is 512Mi, of which Node gives half to its heap; measured by tests/benchmarks/memory.ts.
 */
const MAX_MEMORY = 128 * 1024 * 1024;

/** What all admissions under way may take together. */
export interface Limits {
  readonly requests: number;
  /** In bytes. */
  readonly memory: number;
}

/** Why somebody has no place: too many admissions, or too much memory. */
export type Shortage = "requests" | "memory";

/** What one admission holds. */
export interface Place {
  /** Takes `bytes` more; false, and nothing is taken, when they are not there. */
  readonly grow: (bytes: number) => boolean;
  /** Gives everything back; a second call does nothing. */
  readonly leave: () => void;
}

/** The admissions under way. */
export interface MaxInFlight {
  readonly limits: Limits;
  /** A place that holds `bytes` of memory, or what there is too little of. It never waits. */
  readonly enter: (bytes: number) => Place | Shortage;
}

/** Counts admissions and their memory, before anything of them is read. */
export function maxInFlight(
  limits: Limits = { requests: MAX_REQUESTS, memory: MAX_MEMORY },
): MaxInFlight {
  let requests = 0;
  let memory = 0;
  return {
    limits,
    enter(bytes) {
      if (requests >= limits.requests) return "requests";
      if (memory + bytes > limits.memory) return "memory";
      requests += 1;
      memory += bytes;
      let held: number | undefined = bytes;
      return {
        grow(more) {
          if (held === undefined || memory + more > limits.memory) return false;
          held += more;
          memory += more;
          return true;
        },
        leave() {
          if (held === undefined) return;
          requests -= 1;
          memory -= held;
          held = undefined;
        },
      };
    },
  };
}
