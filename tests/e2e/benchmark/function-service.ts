import { parseAllDocuments } from "yaml";
import { kubectl, ourNamespace } from "../cluster.ts";
import type { Watched } from "./cold-start.ts";
import type { Variant } from "./variants.ts";

/** Goes to zero after this instead of the minute of the manifest: it decides when, and not how fast, it starts again. */
export const window = "10s";

/** The function, by which it is found. */
export const functionService: Watched = {
  namespace: ourNamespace,
  selector: "app.kubernetes.io/component=function",
  container: "function",
};

/** A container as a manifest has it. */
export type Container = Readonly<Record<string, unknown>> & {
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
};

/** What the manifest says of the function's Pods, as far as variants change it. */
export interface Installed {
  readonly annotations: Readonly<Record<string, string>>;
  readonly container: Container;
}

/** Reads it from the overlay in this directory. */
export async function installedService(overlay: string): Promise<Installed> {
  for (const document of parseAllDocuments(
    await kubectl(["kustomize", overlay]),
  )) {
    const { apiVersion, kind, spec } = document.toJS() as {
      apiVersion: string;
      kind: string;
      spec: {
        template: {
          metadata: { annotations: Record<string, string> };
          spec: { containers: [Container] };
        };
      };
    };
    if (kind === "Service" && apiVersion.startsWith("serving.knative.dev/")) {
      const { metadata, spec: podSpec } = spec.template;
      return {
        annotations: metadata.annotations,
        container: podSpec.containers[0],
      };
    }
  }
  throw new Error(`${overlay} has no Knative Service`);
}

/** Brings the function to the settings of a variant, and to no others: what the one before had is replaced. */
export async function use(
  variant: Variant,
  { annotations, container }: Installed,
): Promise<void> {
  const template = "/spec/template";
  const operations = [
    {
      op: "replace",
      path: `${template}/metadata/annotations`,
      value: {
        ...annotations,
        "autoscaling.knative.dev/window": window,
        ...variant.annotations,
      },
    },
    {
      op: "replace",
      path: `${template}/spec/containers/0`,
      value: { ...container, ...variant.container?.(container) },
    },
  ];
  const service = ["ksvc/function", `--namespace=${ourNamespace}`];
  await kubectl([
    "patch",
    ...service,
    "--type=json",
    `--patch=${JSON.stringify(operations)}`,
  ]);
  await kubectl(["wait", ...service, "--for=condition=Ready", "--timeout=3m"]);
}
