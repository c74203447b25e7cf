/**
 * A webhook with as little code as possible, to compare the function with: it creates the same claim and answers with the same patch, but
 * checks nothing. PORT, TLS_CERT_DIR, SERVER, CA and TOKEN are its settings.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { Agent, createServer, request } from "node:https";
import { json } from "node:stream/consumers";
import type { AddressInfo } from "node:net";

const { CA = "", SERVER = "", TLS_CERT_DIR = "", TOKEN = "" } = process.env;
const agent = new Agent({
  keepAlive: true,
  maxSockets: 64,
  ca: readFileSync(CA),
});

interface Review {
  readonly request: {
    readonly uid: string;
    readonly namespace: string;
    readonly object: {
      readonly metadata: { readonly annotations: Record<string, string> };
      readonly spec: { readonly volumes: readonly { readonly name: string }[] };
    };
  };
}

async function admit({ request: { namespace, object, uid } }: Review) {
  const { annotations } = object.metadata;
  const volume = annotations["volume-claim-template/name"];
  const name = `bare-${randomUUID()}`;
  await createClaim(namespace, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace, labels: { managed: "true" } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: {
        requests: { storage: annotations["volume-claim-template/storage"] },
      },
    },
  });
  const index = object.spec.volumes.findIndex((each) => each.name === volume);
  const patch = [
    {
      op: "replace",
      path: `/spec/volumes/${index}`,
      value: { name: volume, persistentVolumeClaim: { claimName: name } },
    },
  ];
  return {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: true,
      patchType: "JSONPatch",
      patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
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
  },
  (incoming, response) => {
    json(incoming)
      .then((review) => admit(review as Review))
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
server.listen(0, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
});
