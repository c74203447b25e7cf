import type {
  CoreV1Api,
  V1PersistentVolumeClaim,
  V1Pod,
} from "@kubernetes/client-node";

/** What is there in one namespace. */
export interface PodsAndClaims {
  readonly pods: readonly V1Pod[];
  readonly claims: readonly V1PersistentVolumeClaim[];
}

export async function readPodsAndClaims(
  core: CoreV1Api,
  namespace: string,
): Promise<PodsAndClaims> {
  const [pods, claims] = await Promise.all([
    core.listNamespacedPod({ namespace }),
    core.listNamespacedPersistentVolumeClaim({ namespace }),
  ]);
  return { pods: pods.items, claims: claims.items };
}

export function nameOf(object: V1Pod | V1PersistentVolumeClaim): string {
  return object.metadata?.name ?? "";
}

/** The volumes of a Pod that are claims, with the claims' names. */
export function claimVolumes(pod: V1Pod): { volume: string; claim: string }[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) =>
    persistentVolumeClaim
      ? [{ volume: name, claim: persistentVolumeClaim.claimName }]
      : [],
  );
}

/** `Bound`, `Pending` and so on; `Terminating` for one that was asked to go, as kubectl has it. */
export function statusOf(claim: V1PersistentVolumeClaim | undefined): string {
  if (claim === undefined) return "missing";
  return claim.metadata?.deletionTimestamp
    ? "Terminating"
    : (claim.status?.phase ?? "Pending");
}

/** Names of the claims that no Pod names. */
export function claimsWithoutPod({ pods, claims }: PodsAndClaims): string[] {
  const used = new Set(pods.flatMap(claimVolumes).map(({ claim }) => claim));
  return claims.map(nameOf).filter((claim) => !used.has(claim));
}

export const whoseIsWhoseHeadings = [
  "POD",
  "VOLUME",
  "CLAIM",
  "SIZE",
  "STATUS",
];

/** A row for each claim of each Pod, then one for each claim that no Pod names. */
export function whoseIsWhose({ pods, claims }: PodsAndClaims): string[][] {
  const byName = new Map(claims.map((claim) => [nameOf(claim), claim]));
  const used = pods.flatMap((pod) =>
    claimVolumes(pod).map(({ volume, claim }) => ({
      pod: nameOf(pod),
      volume,
      claim,
    })),
  );
  const unused = claimsWithoutPod({ pods, claims }).map((claim) => ({
    pod: "(no Pod)",
    volume: "",
    claim,
  }));
  return [...used, ...unused].map(({ pod, volume, claim }) => {
    const found = byName.get(claim);
    return [pod, volume, claim, sizeOf(found), statusOf(found)];
  });
}

function sizeOf(claim: V1PersistentVolumeClaim | undefined): string {
  return (
    claim?.status?.capacity?.["storage"] ??
    claim?.spec?.resources?.requests?.["storage"] ??
    ""
  );
}
