import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import path from "node:path";
import { createCertificateAuthority } from "../../control-plane/certificates.ts";
import { apply, core, kubectl } from "../cluster.ts";
import { importImage, otherImages } from "./images.ts";

/** Namespace of the hello-world Service and of the Pods that are admitted. */
export const benchmarkNamespace = "e2e-benchmark";

const host = "hello.kourier-system.svc";
const image = process.env["E2E_HELLO_IMAGE"] ?? otherImages.hello;

/** Images can be made for no other. */
export const isOnOwnCluster = process.env["E2E_HELLO_IMAGE"] === undefined;

/** As little as a Knative Service of Node can be: no package, no request to anybody. */
const server = `import { createServer } from "node:http";
const server = createServer((request, response) => response.end("hello\\n"));
server.listen(process.env.PORT, () => {
  console.log(JSON.stringify({ time: new Date().toISOString(), msg: "listening", bootMs: Math.round(performance.now()) }));
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** Makes the image from the same base as ours and imports it; on a cluster of KUBECONFIG, E2E_HELLO_IMAGE names one that is there. */
export async function importHelloImage(): Promise<void> {
  if (isOnOwnCluster)
    await importImage(otherImages.hello, (app) =>
      writeFile(path.join(app, "main.mjs"), server),
    );
}

/** Installs the hello-world Service, with the settings of ours in `annotations` and `container`, and its way through the gateway. */
export async function installHello(
  annotations: Readonly<Record<string, string>>,
  resources: object,
): Promise<void> {
  const authority = await createCertificateAuthority();
  const { cert, key } = await authority.serving([host]);
  const metadata = { namespace: benchmarkNamespace };
  await apply(
    {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: benchmarkNamespace },
    },
    {
      apiVersion: "v1",
      kind: "Secret",
      type: "kubernetes.io/tls",
      metadata: {
        ...metadata,
        name: "hello",
        labels: { "networking.internal.knative.dev/certificate-uid": "hello" },
      },
      stringData: { "tls.crt": cert, "tls.key": key },
    },
    {
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata: {
        ...metadata,
        name: "hello",
        labels: { "networking.knative.dev/visibility": "cluster-local" },
      },
      spec: {
        template: {
          metadata: { labels: { app: "hello" }, annotations },
          spec: {
            containerConcurrency: 0,
            enableServiceLinks: false,
            containers: [
              {
                name: "hello",
                image,
                ports: [{ containerPort: 8080 }],
                // As Knative has it when nothing is said: the port takes connections.
                resources,
              },
            ],
          },
        },
      },
    },
    {
      apiVersion: "networking.internal.knative.dev/v1alpha1",
      kind: "ClusterDomainClaim",
      metadata: { name: host },
      spec: { namespace: benchmarkNamespace },
    },
    {
      apiVersion: "serving.knative.dev/v1beta1",
      kind: "DomainMapping",
      metadata: { ...metadata, name: host },
      spec: {
        ref: {
          apiVersion: "serving.knative.dev/v1",
          kind: "Service",
          name: "hello",
        },
        tls: { secretName: "hello" },
      },
    },
  );
  await kubectl([
    "wait",
    "ksvc/hello",
    `domainmapping/${host}`,
    `--namespace=${benchmarkNamespace}`,
    "--for=condition=Ready",
    "--timeout=3m",
  ]);
}

export async function removeHello(): Promise<void> {
  await kubectl(["delete", "clusterdomainclaim", host, "--ignore-not-found"]);
  await kubectl([
    "delete",
    "namespace",
    benchmarkNamespace,
    "--ignore-not-found",
  ]);
}

/** Calls the hello-world Service as the API server calls the function: a new TLS connection to the gateway's Service. */
export async function callHello(): Promise<void> {
  const { spec } = await core.readNamespacedService({
    namespace: "kourier-system",
    name: "stateful-deployments",
  });
  await new Promise<void>((resolve, reject) => {
    request(
      {
        host: spec?.clusterIP,
        servername: host,
        path: "/",
        headers: { host },
        // Whose it is does not matter here, what the handshake takes does.
        rejectUnauthorized: false,
        agent: false,
      },
      (response) => {
        response.resume();
        response.on("end", () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`hello answered ${response.statusCode}`));
        });
      },
    )
      .on("error", reject)
      .end();
  });
}
