import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The counters of the function; `text` is their Prometheus exposition. */
export interface Metrics {
  /** One admission was answered after `seconds`; `outcome` is patched, allowed, denied or errored. */
  readonly answered: (outcome: string, seconds: number) => void;
  readonly started: () => void;
  /** One call was rejected before it was read, and the API server sends it again; `shortage` is requests, memory or time. */
  readonly shed: (shortage: string) => void;
  /** A Pod asked its pool for a set of claims; `outcome` is hit, miss or rejected. */
  readonly asked: (outcome: string, reason: string) => void;
  readonly contentType: string;
  readonly text: () => Promise<string>;
}

/** From the fastest warm admission measured to the longest time-out that a webhook can have. */
const DURATION_BUCKETS = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Metrics in their own registry, so that one process can run several functions. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const admissions = new Counter({
    name: "stateful_deployments_admissions_total",
    help: "Admission requests answered, by outcome.",
    labelNames: ["outcome"],
    registers,
  });
  const durations = new Histogram({
    name: "stateful_deployments_admission_duration_seconds",
    help: "Time from request to answer.",
    buckets: DURATION_BUCKETS,
    registers,
  });
  const inFlight = new Gauge({
    name: "stateful_deployments_admissions_in_flight",
    help: "Admission requests being worked on.",
    registers,
  });
  const shed = new Counter({
    name: "stateful_deployments_calls_shed_total",
    help: "Calls rejected unread for lack of room or time, which the API server sends again.",
    labelNames: ["shortage"],
    registers,
  });
  const pools = new Counter({
    name: "stateful_deployments_pool_requests_total",
    help: "Pods that asked their pool for a set of claims, by outcome and by the reason of the set that came nearest.",
    labelNames: ["outcome", "reason"],
    registers,
  });
  return {
    asked: (outcome, reason) => pools.inc({ outcome, reason }),
    shed: (shortage) => shed.inc({ shortage }),
    started: () => inFlight.inc(),
    answered: (outcome, seconds) => {
      inFlight.dec();
      admissions.inc({ outcome });
      durations.observe(seconds);
    },
    contentType: registry.contentType,
    text: () => registry.metrics(),
  };
}
