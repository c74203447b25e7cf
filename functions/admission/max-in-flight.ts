/**
 * Admissions under way at once. Each holds a Pod of some kilobytes and waits some ten milliseconds for one of the kept
 * connections. A thousand end within two seconds; more would all miss their deadlines.
 */
const MAX_REQUESTS = 1_000;

/**
 * Bytes of memory for the bodies of all admissions under way, as `review-body.ts` counts them: two bodies of the largest size at
 * once. The limit of the manifests is 640Mi, of which Node gives half to its heap; measured by tests/benchmarks/memory/memory.ts.
 */
const MAX_MEMORY = 128 * 1024 * 1024;

/** Limits for all admissions under way together. */
export interface Limits {
  readonly requests: number;
  /** In bytes. */
  readonly memory: number;
}

/** Why an admission gets no place: too many admissions, or too little memory. */
export type Shortage = "requests" | "memory";

/** The place of one admission. */
export interface Place {
  /** Takes `bytes` more; if they are not free, takes nothing and returns false. */
  readonly grow: (bytes: number) => boolean;
  /** Gives everything back; a second call does nothing. */
  readonly leave: () => void;
}

/** The admissions under way. */
export interface MaxInFlight {
  readonly limits: Limits;
  /** A place that holds `bytes` of memory, or what is missing. It never waits. */
  readonly enter: (bytes: number) => Place | Shortage;
}

/** Counts admissions and their memory, before their bodies are read. */
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
