import { randomBytes, randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import type { V1Pod } from "@kubernetes/client-node";
import { aRequest, aReview } from "../../support/builders.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { apply, core, kubectl, ourNamespace } from "../steps/cluster.ts";
import { templateWithClaim } from "../steps/workloads.ts";
import type { Build } from "./builds.ts";

/** Namespace of the hello-world Service and of the Pods that are admitted. */
export const benchmarkNamespace = "e2e-benchmark";

/** A Knative Service, and how to call it. */
export interface Service {
  readonly name: string;
  readonly namespace: string;
  /** Finds its Pods. */
  readonly selector: string;
  readonly container: string;
  /** Rejects unless it answers as it should. */
  readonly call: () => Promise<unknown>;
}

/** The function as the manifests install it: the API server calls it for a Pod. */
export const functionService: Service = {
  ...named("function", ourNamespace),
  call: () => admitPod({ annotated: true }),
};

/** Creates a Pod. It stays until the namespace goes, and no scheduler takes it: only the admission is measured. */
export async function admitPod({
  annotated,
}: {
  readonly annotated: boolean;
}): Promise<void> {
  const { metadata, spec } = podWithClaim();
  const pod = await core.createNamespacedPod({
    namespace: benchmarkNamespace,
    body: {
      metadata: annotated ? metadata : { ...metadata, annotations: {} },
      spec,
    },
  });
  const [volume] = pod.spec?.volumes ?? [];
  if (annotated && volume?.persistentVolumeClaim === undefined)
    throw new Error(`Pod ${metadata.name} was admitted without a claim`);
}

/** Sets annotations of the function's Pods; null removes one. */
export async function annotateFunction(
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  const patch = { spec: { template: { metadata: { annotations } } } };
  await kubectl([
    "patch",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--type=merge",
    `--patch=${JSON.stringify(patch)}`,
  ]);
  await ready("function", ourNamespace);
}

/** Installs a build of the function beside it. It is called through the gateway, without the API server. */
export async function installBuild({ name, write }: Build): Promise<Service> {
  const service = named(`function-${name}`, ourNamespace);
  const { spec } = await installedFunction();
  spec.template.spec.containers[0].image = await importImage(name, write);
  await applyService(service.name, ourNamespace, spec);
  const { data } = await core.readNamespacedSecret({
    namespace: ourNamespace,
    name: "webhook-token",
  });
  const tokens = Buffer.from(data?.["token"] ?? "", "base64").toString();
  const target = `/mutate/${tokens.split(",")[0]?.trim()}?timeout=10s`;
  return {
    ...service,
    async call() {
      const review = aReview(
        aRequest(podWithClaim(), {
          uid: randomUUID(),
          namespace: benchmarkNamespace,
        }),
      );
      const answer = await callThroughGateway(service, target, review);
      if (!answer.includes('"allowed":true')) throw new Error(answer);
    },
  };
}

/** Installs the hello-world Service, with the resources of the function. */
export async function installHello({ write }: Build): Promise<Service> {
  const hello = named("hello", benchmarkNamespace);
  const { spec } = await installedFunction();
  const [{ resources }] = spec.template.spec.containers;
  await apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: benchmarkNamespace },
  });
  await applyService(hello.name, benchmarkNamespace, {
    template: {
      metadata: { annotations: spec.template.metadata.annotations },
      spec: {
        containerConcurrency: 0,
        enableServiceLinks: false,
        containers: [
          {
            name: hello.container,
            image: await importImage(hello.name, write),
            ports: [{ containerPort: 8080 }],
            resources,
          },
        ],
      },
    },
  });
  return { ...hello, call: () => callThroughGateway(hello, "/") };
}

export async function removeHello(): Promise<void> {
  await kubectl([
    "delete",
    "namespace",
    benchmarkNamespace,
    "--ignore-not-found",
  ]);
}

function named(name: string, namespace: string): Omit<Service, "call"> {
  return {
    name,
    namespace,
    selector: `serving.knative.dev/service=${name}`,
    container: namespace === ourNamespace ? "function" : name,
  };
}

function podWithClaim(): Required<Pick<V1Pod, "metadata" | "spec">> {
  const { metadata, spec } = templateWithClaim("admitted");
  if (spec === undefined) throw new Error("the template has no spec");
  const name = `admitted-${randomBytes(4).toString("hex")}`;
  return {
    metadata: { ...metadata, name },
    spec: { ...spec, schedulerName: "nobody" },
  };
}

interface KnativeSpec {
  readonly template: {
    readonly metadata: { readonly annotations: Record<string, string> };
    readonly spec: {
      readonly containers: [{ image: string; readonly resources: object }];
    };
  };
}

async function installedFunction(): Promise<{ readonly spec: KnativeSpec }> {
  const found = await kubectl([
    "get",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--output=json",
  ]);
  return JSON.parse(found) as { readonly spec: KnativeSpec };
}

async function applyService(
  name: string,
  namespace: string,
  spec: object,
): Promise<void> {
  const labels = { "networking.knative.dev/visibility": "cluster-local" };
  await apply({
    apiVersion: "serving.knative.dev/v1",
    kind: "Service",
    metadata: { name, namespace, labels },
    spec,
  });
  await ready(name, namespace);
}

async function ready(name: string, namespace: string): Promise<void> {
  await kubectl([
    "wait",
    `ksvc/${name}`,
    `--namespace=${namespace}`,
    "--for=condition=Ready",
    "--timeout=3m",
  ]);
}

/** Imports an image of the same base as ours, whose `/app/main.mjs` is what `write` writes. Returns its name. */
async function importImage(
  name: string,
  write: Build["write"],
): Promise<string> {
  const image = `dev.local/stateful-deployments-benchmark:${name}`;
  const root = await mkdtemp(path.join(tmpdir(), "benchmark-image-"));
  try {
    await mkdir(path.join(root, "app"));
    await write(path.join(root, "app/main.mjs"));
    const { exitCode } = await runProgram(
      path.join(import.meta.dirname, "../cluster/image"),
      ["--base", "node", image, root, "65532:65532", "node", "/app/main.mjs"],
      { showErrors: true },
    );
    if (exitCode !== 0) throw new Error(`${image} could not be imported`);
    return image;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

let gateway: Promise<string | undefined> | undefined;

async function gatewayAddress(): Promise<string | undefined> {
  const { spec } = await core.readNamespacedService({
    namespace: "kourier-system",
    name: "kourier-internal",
  });
  return spec?.clusterIP;
}

/** Calls a Service over a new connection to the gateway; returns what it answers. */
async function callThroughGateway(
  { name, namespace }: Pick<Service, "name" | "namespace">,
  target: string,
  body?: object,
): Promise<string> {
  const host = await (gateway ??= gatewayAddress());
  return await new Promise((resolve, reject) => {
    request(
      {
        host,
        path: target,
        method: body === undefined ? "GET" : "POST",
        headers: {
          host: `${name}.${namespace}.svc.cluster.local`,
          "content-type": "application/json",
        },
        agent: false,
      },
      (response) => {
        if (response.statusCode === 200) text(response).then(resolve, reject);
        else reject(new Error(`${name} answered ${response.statusCode}`));
      },
    )
      .on("error", reject)
      .end(body && JSON.stringify(body));
  });
}
