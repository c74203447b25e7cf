import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";

/** As much of a review as is needed here. */
export interface Review {
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

/** The claim that the function creates for the template of a Pod. */
export function claimFor({ namespace, object, uid }: Review["request"]) {
  const { annotations, ownerReferences } = object.metadata;
  const [owner] = ownerReferences ?? [];
  const volume = annotations["volume-claim-template/name"] ?? "";
  const storage = annotations["volume-claim-template/storage"] ?? "";
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name: `web-5d4f8c7b9-${volume}-${randomUUID()}`,
      namespace,
      labels: {
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": volume,
      },
      annotations: {
        "volume-claim/owner-kind": owner?.kind ?? "",
        "volume-claim/owner-name": owner?.name ?? "",
        "volume-claim/owner-uid": owner?.uid ?? "",
        "volume-claim/request-uid": uid,
        "volume-claim/requested-at": new Date().toISOString(),
      },
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage } },
    },
  } satisfies V1PersistentVolumeClaim;
}

/** What the bare handlers share: the claim and the patch of the function, for a review that nobody checks. */
export async function admit(
  { request }: Review,
  createClaim: (
    namespace: string,
    claim: V1PersistentVolumeClaim,
  ) => Promise<unknown>,
): Promise<object> {
  const { namespace, object, uid } = request;
  const claim = claimFor(request);
  await createClaim(namespace, claim);
  const { name } = claim.metadata;
  const volume = claim.metadata.labels["volume-claim-template/name"];
  const index = object.spec.volumes.findIndex((each) => each.name === volume);
  return allow(uid, [
    { op: "remove", path: `/spec/volumes/${index}/emptyDir` },
    {
      op: "add",
      path: `/spec/volumes/${index}/persistentVolumeClaim`,
      value: { claimName: name },
    },
    {
      op: "add",
      path: "/metadata/labels",
      value: {
        ...object.metadata.labels,
        "volume-claim/name": name,
        [`volume-claim/${volume}`]: name,
      },
    },
  ]);
}

/** The answer that a Pod may be created, with `patch` if there is one. */
export function allow(uid: string, patch?: readonly object[]): object {
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

/** The certificate in TLS_CERT_DIR, for a server that keeps its connections as the function does. */
export function serverOptions(): {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly keepAliveTimeout: number;
} {
  const { TLS_CERT_DIR = "" } = process.env;
  return {
    cert: readFileSync(`${TLS_CERT_DIR}/tls.crt`),
    key: readFileSync(`${TLS_CERT_DIR}/tls.key`),
    keepAliveTimeout: 120_000,
  };
}

/** Listens on PORT, says so as the function does, and ends with SIGTERM. */
export function serve(server: Server): void {
  const { PORT = "0" } = process.env;
  server.listen(Number(PORT), () => {
    const { port } = server.address() as AddressInfo;
    process.stdout.write(`${JSON.stringify({ msg: "listening", port })}\n`);
  });
  process.once("SIGTERM", () => process.exit(0));
}
