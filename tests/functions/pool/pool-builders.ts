import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import type {
  ClaimUsers,
  ListedPod,
} from "../../../functions/pool/claim-users.ts";
import { claimUsers } from "../../../functions/pool/claim-users.ts";
import type { PoolLimits } from "../../../functions/pool/pool.ts";
import { judgeSets } from "../../../functions/pool/sets.ts";
import type { PoolSet, WantedSet } from "../../../functions/pool/sets.ts";

/** The API server's clock in these tests. */
export const NOW = Date.parse("2026-01-02T12:00:00Z");

/** RFC 3339 of so many seconds before NOW. */
export function before(seconds: number): string {
  return new Date(NOW - seconds * 1_000).toISOString();
}

interface ClaimOptions {
  readonly set?: string;
  readonly volume?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: object;
  readonly spec?: object;
  readonly phase?: string;
  /** True when a sweep of the janitor has seen a Pod with it. */
  readonly seen?: boolean;
  /** True when a person has moved it into its pool. */
  readonly imported?: boolean;
}

/** A bound claim of 1Gi that leads a set of its own, and was used. Its on-miss is `Wait`, so that every Pod may have it. */
export function claim(
  name: string,
  {
    annotations = {},
    imported = false,
    labels = {},
    metadata = {},
    phase = "Bound",
    seen = true,
    set = name,
    spec = {},
    volume = "data",
  }: ClaimOptions = {},
): V1PersistentVolumeClaim {
  const uid = `uid-of-${name}`;
  return {
    metadata: {
      name,
      namespace: "shop",
      uid,
      resourceVersion: "7",
      creationTimestamp: new Date(NOW - 3_600_000),
      labels: {
        "volume-claim/set": set,
        "volume-claim-template/name": volume,
        ...labels,
      },
      annotations: {
        ...(!imported && { "volume-claim/request-uid": `request-of-${name}` }),
        "volume-claim-template/on-miss": "Wait",
        "volume-claim/uses": "1",
        ...(seen && { "volume-claim/used-as": uid }),
        ...annotations,
      },
      ...metadata,
    },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "1Gi" } },
      ...(phase !== "Pending" && { volumeName: `pv-of-${name}` }),
      ...spec,
    },
    status: { phase },
  };
}

/** A Pod as the list of metadata has it. */
export function pod(name: string, claimName: string, metadata = {}): ListedPod {
  return {
    metadata: {
      name,
      uid: `uid-of-${name}`,
      labels: {
        "volume-claim/name": claimName,
        "volume-claim/data": claimName,
      },
      ...metadata,
    },
  };
}

/** Metadata that shows which ReplicaSet of Deployment `web` created a Pod on the claim. */
export function ofReplicaSet(hash: string, claimName: string): object {
  return {
    labels: {
      "pod-template-hash": hash,
      "volume-claim/name": claimName,
      "volume-claim/data": claimName,
    },
    ownerReferences: [
      {
        apiVersion: "apps/v1",
        kind: "ReplicaSet",
        name: `web-${hash}`,
        uid: `uid-of-web-${hash}`,
        controller: true,
      },
    ],
  };
}

/** What a Pod with volume `data` of 1Gi wants. */
export function wanting({
  limits = { wait: false },
  origin,
  nodes = {},
  spec = {},
  volumes = ["data"],
}: {
  readonly limits?: PoolLimits;
  readonly origin?: WantedSet["origin"];
  readonly nodes?: WantedSet["nodes"];
  readonly spec?: object;
  readonly volumes?: readonly string[];
} = {}): WantedSet {
  return {
    volumes: new Map(
      volumes.map((volume) => [
        volume,
        {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
          ...spec,
        },
      ]),
    ),
    limits,
    nodes,
    origin,
  };
}

/** The sets of `claims` as a Pod finds them. */
export function judged(
  claims: readonly V1PersistentVolumeClaim[],
  wanted: WantedSet = wanting(),
  users: ClaimUsers = claimUsers([], []),
): PoolSet[] {
  return judgeSets({ claims, users, now: NOW }, wanted);
}
