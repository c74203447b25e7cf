import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** A request that was to change claims. */
export interface ClaimWrite {
  readonly user: string;
  readonly verb: string;
  readonly namespace: string;
  /** Undefined for a whole namespace. */
  readonly name: string | undefined;
  /** False when the API server rejected it. It may have done what it did not answer in time. */
  readonly mayHaveWorked: boolean;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  readonly answeredAt: number;
}

/** What the API server was asked to do. */
export interface AuditedStorm {
  readonly claimWrites: readonly ClaimWrite[];
  /** Creations of Pods that a quota rejected. */
  readonly podsOverQuota: number;
}

/** The part of an audit event that is read here: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: {
    readonly code?: number;
    readonly message?: string;
  };
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
}

/** Every write of a claim, and every creation of a Pod: all requests of ten minutes would be a large file. */
const POLICY = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", verbs: ["get", "list", "watch"] },
    {
      level: "Metadata",
      resources: [
        {
          group: "",
          resources: ["persistentvolumeclaims", "persistentvolumeclaims/*"],
        },
      ],
    },
    {
      level: "Metadata",
      verbs: ["create"],
      resources: [{ group: "", resources: ["pods"] }],
    },
    { level: "None" },
  ],
};

/** The flag of the API server for what `readAudit` reads. */
export function auditPolicyFlag(): string {
  const file = join(temporaryDirectory(), "audit-policy.json");
  writeFileSync(file, JSON.stringify(POLICY));
  return `--audit-policy-file=${file}`;
}

/** Reads the audit log of the API server, a JSON line for each request. */
export async function readAudit(file: string): Promise<AuditedStorm> {
  const claimWrites: ClaimWrite[] = [];
  let podsOverQuota = 0;
  for await (const line of createInterface(createReadStream(file))) {
    const { objectRef, responseStatus, user, verb, ...event } = JSON.parse(
      line,
    ) as AuditEvent;
    const { code = 0, message = "" } = responseStatus ?? {};
    if (objectRef?.resource === "persistentvolumeclaims")
      claimWrites.push({
        user: user.username,
        verb,
        namespace: objectRef.namespace ?? "",
        name: objectRef.name,
        mayHaveWorked: code < 400 || code >= 500,
        receivedAt: Date.parse(event.requestReceivedTimestamp),
        answeredAt: Date.parse(event.stageTimestamp),
      });
    else if (code === 403 && message.includes("exceeded quota"))
      podsOverQuota += 1;
  }
  return { claimWrites, podsOverQuota };
}
