/** A change of the function's Knative Service that may shorten its cold start. */
export interface Variant {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of its container that are replaced. */
  readonly container?: Readonly<Record<string, unknown>>;
}

/** The first is what the manifests have. */
export const variants: readonly Variant[] = [
  { name: "as installed" },
  {
    name: "readiness without a look at the API server",
    container: { readinessProbe: { httpGet: { path: "/healthz" } } },
  },
  {
    name: "readiness asked by the kubelet, every second",
    container: {
      readinessProbe: { httpGet: { path: "/readyz" }, periodSeconds: 1 },
    },
  },
  {
    name: "CPU request of 500m instead of 100m",
    container: {
      resources: {
        requests: { cpu: "500m", memory: "128Mi" },
        limits: { cpu: "2", memory: "256Mi" },
      },
    },
  },
  {
    name: "without the activator in the path once it runs",
    annotations: { "autoscaling.knative.dev/target-burst-capacity": "0" },
  },
];
