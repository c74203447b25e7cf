/**
 * A webhook with as little code as possible, to compare the function with: it creates the same claim and answers with the same patch, but
 * checks nothing. At `/no-op` it answers only that the Pod may be created. PORT, TLS_CERT_DIR, SERVER, CA and TOKEN are its settings.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:https";
import { json } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

/** As much of a review as is needed here. */
interface Review {
  readonly request: {
    readonly uid: string;
    readonly namespace: string;
    readonly object: {
      readonly metadata: {
        readonly annotations: Record<string, string>;
        readonly labels?: object;
        readonly ownerReferences?: readonly {
          readonly kind: string;
          readonly name: string;
          readonly uid: string;
        }[];
      };
      readonly spec: { readonly volumes: readonly { readonly name: string }[] };
    };
  };
}

const {
  CA = "",
  PORT = "0",
  SERVER = "",
  TLS_CERT_DIR = "",
  TOKEN = "",
} = process.env;
const agent = new Agent({
  keepAlive: true,
  maxSockets: 64,
  ca: readFileSync(CA),
});

async function admit({ request: { namespace, object, uid } }: Review) {
  const { annotations, labels, ownerReferences } = object.metadata;
  const [owner] = ownerReferences ?? [];
  const volume = annotations["volume-claim-template/name"] ?? "";
  const name = `web-5d4f8c7b9-${volume}-${randomUUID()}`;
  await createClaim(namespace, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace,
      labels: {
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": volume,
      },
      annotations: {
        "volume-claim/owner-kind": owner?.kind,
        "volume-claim/owner-name": owner?.name,
        "volume-claim/owner-uid": owner?.uid,
        "volume-claim/request-uid": uid,
        "volume-claim/requested-at": new Date().toISOString(),
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: {
        requests: { storage: annotations["volume-claim-template/storage"] },
      },
    },
  });
  const index = object.spec.volumes.findIndex((each) => each.name === volume);
  return allow(uid, [
    {
      op: "add",
      path: "/metadata/labels",
      value: {
        ...labels,
        "volume-claim/name": name,
        [`volume-claim/${volume}`]: name,
      },
    },
    {
      op: "replace",
      path: `/spec/volumes/${index}`,
      value: { name: volume, persistentVolumeClaim: { claimName: name } },
    },
  ]);
}

function allow(uid: string, patch?: readonly object[]): object {
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: true,
      ...(patch && {
        patchType: "JSONPatch",
        patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
      }),
    },
  };
}

function createClaim(namespace: string, claim: object): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${SERVER}/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
      {
        agent,
        method: "POST",
        headers: {
          authorization: `Bearer ${TOKEN}`,
          "content-type": "application/json",
        },
      },
      (answer) => {
        json(answer).then((body) => {
          if (answer.statusCode === 201) resolve();
          else reject(new Error(JSON.stringify(body)));
        }, reject);
      },
    );
    sent.on("error", reject);
    sent.end(JSON.stringify(claim));
  });
}

const server = createServer(
  {
    cert: readFileSync(`${TLS_CERT_DIR}/tls.crt`),
    key: readFileSync(`${TLS_CERT_DIR}/tls.key`),
    keepAliveTimeout: 120_000,
  },
  (incoming, response) => {
    const noOp = incoming.url?.startsWith("/no-op") === true;
    json(incoming)
      .then((review) =>
        noOp ? allow((review as Review).request.uid) : admit(review as Review),
      )
      .then(
        (answer) => {
          response
            .setHeader("content-type", "application/json")
            .end(JSON.stringify(answer));
        },
        (error: unknown) => {
          response.statusCode = 500;
          response.end(String(error));
        },
      );
  },
);
server.listen(Number(PORT), () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
