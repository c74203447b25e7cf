import type { Container } from "./function-service.ts";
import { importLargerImage, importPlainBundle, otherImages } from "./images.ts";

/** A change of the function's Knative Service that may shorten its cold start, or shows what shortened it. */
export interface Variant {
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Fields of its container that are replaced. */
  readonly container?: (installed: Container) => object;
  /** Makes the image that `container` names. */
  readonly makeImage?: () => Promise<void>;
}

/** The first is what the manifests have. */
export const variants: readonly Variant[] = [
  { name: "as installed" },
  {
    name: "a bundle of all that the libraries bring",
    container: () => ({ image: otherImages.plainBundle }),
    makeImage: importPlainBundle,
  },
  {
    name: "an image that is 300 MiB larger",
    container: () => ({ image: otherImages.larger }),
    makeImage: importLargerImage,
  },
  {
    name: "readiness without a look at the API server",
    container: () => ({ readinessProbe: { httpGet: { path: "/healthz" } } }),
  },
  {
    name: "readiness asked by the kubelet, every second",
    container: () => ({
      readinessProbe: { httpGet: { path: "/readyz" }, periodSeconds: 1 },
    }),
  },
  {
    name: "an initial delay of one second",
    container: () => ({
      readinessProbe: {
        httpGet: { path: "/readyz" },
        initialDelaySeconds: 1,
      },
    }),
  },
  {
    name: "CPU request of 500m instead of 100m",
    container: ({ resources }) => ({
      resources: {
        ...resources,
        requests: { ...resources.requests, cpu: "500m" },
      },
    }),
  },
  {
    name: "without the activator in the path once it runs",
    annotations: { "autoscaling.knative.dev/target-burst-capacity": "0" },
  },
];
