import { writeFile } from "node:fs/promises";
import { request } from "node:https";
import path from "node:path";
import { createCertificateAuthority } from "../../control-plane/certificates.ts";
import { apply, core, kubectl } from "../cluster.ts";
import { importImage, otherImages } from "./images.ts";

/** Namespace of the hello-world Service and of the Pods that are admitted. */
export const benchmarkNamespace = "e2e-benchmark";

const host = "hello.kourier-system.svc";

/** As little as a Knative Service of Node can be: no package, no request to anybody; it says when what happened, as ours does. */
const server = `import { createServer } from "node:http";
const log = (rest) => console.log(JSON.stringify({ time: new Date().toISOString(), ...rest }));
const server = createServer((request, response) => {
  response.end("hello\\n");
  log({ msg: "admission", ms: 0 });
});
server.listen(process.env.PORT, () => {
  log({ msg: "listening", bootMs: Math.round(performance.now()) });
});
process.on("SIGTERM", () => server.close(() => process.exit(0)));
`;

/** Makes the image from the same base as ours and imports it. */
export async function importHelloImage(): Promise<void> {
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
                image: otherImages.hello,
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

/** How to call the hello-world Service as the API server calls the function: over a new TLS connection to the gateway's Service. */
export async function helloCaller(): Promise<() => Promise<void>> {
  const { spec } = await core.readNamespacedService({
    namespace: "kourier-system",
    name: "stateful-deployments",
  });
  const address = spec?.clusterIP;
  if (address === undefined) throw new Error("the gateway has no address");
  return () => call(address);
}

async function call(address: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    request(
      {
        host: address,
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
