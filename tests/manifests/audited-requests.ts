import { readFile, stat } from "node:fs/promises";
import type { V1PolicyRule } from "@kubernetes/client-node";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { NAMESPACE } from "./installed-cluster.ts";
import type { Manifest } from "./rendered.ts";

/** A verb on a resource, such as `get persistentvolumeclaims` or `create events.events.k8s.io`. */
export type Right = string;

/** What one of our accounts asked for. */
export interface AuditedRequest {
  readonly account: string;
  readonly right: Right;
  readonly name: string | undefined;
  /** False when RBAC said no; an admission that says no comes later. */
  readonly authorized: boolean;
}

/** The part of an audit event that is read here: https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource: string;
    readonly subresource?: string;
    readonly name?: string;
  };
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Rights of this group are what the policies know our accounts by; there is nothing to ask for. */
const FENCES_GROUP = "stateful-deployments.dev";

const ACCOUNT_PREFIX = `system:serviceaccount:${NAMESPACE}:`;

/** From now on: call the result for what our accounts asked the API server for since, resources only. */
export async function auditFromNow({
  auditLogPath = "",
}: ControlPlane): Promise<() => Promise<AuditedRequest[]>> {
  const { size } = await stat(auditLogPath);
  return async () => {
    const added = (await readFile(auditLogPath)).subarray(size).toString();
    return added
      .split("\n")
      .filter((line) => line.includes(ACCOUNT_PREFIX))
      .map((line) => JSON.parse(line) as AuditEvent)
      .flatMap(({ annotations, objectRef, user, verb }) => {
        if (!user.username.startsWith(ACCOUNT_PREFIX) || !objectRef) return [];
        const { apiGroup = "", name, resource, subresource } = objectRef;
        return {
          account: user.username.slice(ACCOUNT_PREFIX.length),
          right: rightOf(
            verb,
            apiGroup,
            subresource ? `${resource}/${subresource}` : resource,
          ),
          name,
          authorized:
            annotations?.["authorization.k8s.io/decision"] === "allow",
        };
      });
  };
}

/** What the manifests grant an account of ours. Throws at a wildcard, which also grants rights that no test sees. */
export function rightsGranted(
  manifests: readonly Manifest[],
  account: string,
): Set<Right> {
  const rights = new Set<Right>();
  for (const binding of manifests) {
    const { kind, roleRef, subjects } = binding as {
      kind?: string;
      roleRef?: { kind: string; name: string };
      subjects?: { kind: string; name: string; namespace?: string }[];
    };
    if (!kind?.endsWith("RoleBinding") || !roleRef) continue;
    const bound = subjects?.some(
      (subject) =>
        subject.kind === "ServiceAccount" &&
        subject.name === account &&
        subject.namespace === NAMESPACE,
    );
    if (!bound) continue;
    const role = manifests.find(
      (one) => one.kind === roleRef.kind && one.metadata?.name === roleRef.name,
    ) as { rules?: V1PolicyRule[] } | undefined;
    for (const rule of role?.rules ?? []) {
      if (rule.apiGroups?.join() === FENCES_GROUP) continue;
      for (const right of rightsOf(rule)) rights.add(right);
    }
  }
  return rights;
}

function rightsOf({
  apiGroups = [],
  resources = [],
  verbs,
}: V1PolicyRule): Right[] {
  if ([...apiGroups, ...resources, ...verbs].includes("*"))
    throw new Error(`a rule grants everything: ${resources.join()}`);
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.map((verb) => rightOf(verb, group, resource)),
    ),
  );
}

function rightOf(verb: string, group: string, resource: string): Right {
  return `${verb} ${resource}${group === "" ? "" : `.${group}`}`;
}
