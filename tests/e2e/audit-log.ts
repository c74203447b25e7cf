import { readFile } from "node:fs/promises";
import path from "node:path";

/** A request of one of our accounts; `tests/e2e/cluster` has the log hold no others. */
export interface AuditEvent {
  readonly verb: string;
  readonly requestURI: string;
  readonly objectRef?: { readonly resource?: string };
  readonly user: { readonly username: string };
  readonly responseStatus?: {
    readonly code?: number;
    readonly message?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The API server's audit log of a cluster with this state directory, oldest first. */
export async function readAudit(state: string): Promise<AuditEvent[]> {
  const log = await readFile(path.join(state, "logs/audit.jsonl"), "utf8");
  return log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as AuditEvent);
}

/** Requests that were forbidden: by RBAC, by a policy, by a quota. */
export function deniedOf(events: readonly AuditEvent[]): AuditEvent[] {
  return events.filter(
    ({ responseStatus, annotations }) =>
      (annotations?.["authorization.k8s.io/decision"] === "forbid" ||
        responseStatus?.code === 403) &&
      // The tests delete namespaces whose Pods are still being admitted or swept: nobody forbids this by a rule.
      !/because it is being terminated/.test(responseStatus?.message ?? ""),
  );
}
