import { parseDuration } from "../../functions/contract/duration.ts";

/** How much the janitor does at once and how long it waits; each limit says what it is made of. */
export const LIMITS = {
  /**
   * The API server gives a create 34 s from its start, webhooks and storage included (requestTimeoutUpperBound in
   * k8s.io/apiserver, pkg/endpoints/handlers/rest.go): no Pod is stored later than that after its claim. Measured with two and
   * three slow webhooks in a chain, ignored ones too, and a client that asked for 59 s (Kubernetes 1.36): answered with 504 after
   * 34.0 s and never stored, or stored by then. The rest is for ages in whole seconds and for several API servers whose clocks differ.
   */
  gracePeriodFloorMs: parseDuration("2m") ?? Number.NaN,
  /** Longer means never, and is most likely a typing error: `Retain` is for claims that must stay. */
  gracePeriodCeilingMs: parseDuration("365d") ?? Number.NaN,
  /** 5000 Pods are some 50 MB in one answer, more than an API server should build at once. */
  maxPageSize: 5_000,
  /** As many connections as are kept to the API server. */
  maxConcurrency: 64,
} as const;
