import type {
  V1NodeSelectorTerm,
  V1ObjectMeta,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1VolumeAttachment,
} from "@kubernetes/client-node";
import { finishOf } from "../../functions/contract/finished-pod.ts";
import {
  JANITOR_NAME,
  UNUSED_SINCE_ANNOTATION,
} from "../../functions/contract/keys.ts";
import type {
  ClaimIdentity,
  ClaimMetadata,
} from "../verdict/claim-metadata.ts";
import { IncompleteListError } from "./complete-list.ts";
import { HOSTNAME_LABEL } from "../verdict/set-nodes.ts";
import type { VolumeAttachment } from "../verdict/set-nodes.ts";
import { pendingOf } from "../verdict/pending-pod.ts";
import { pendingSourceOf } from "../verdict/pending-clones.ts";
import type { ListedClaim } from "../verdict/pending-clones.ts";

const MARK_FIELD = `f:${UNUSED_SINCE_ANNOTATION}`;

/** An object's metadata as JSON has it: times are text, where client-node's types say Date. */
type JsonMetadata = Omit<
  V1ObjectMeta,
  `${"creation" | "deletion"}Timestamp`
> & {
  creationTimestamp?: string;
  deletionTimestamp?: string;
};

/**
 * Which claim it is.
 * @throws {IncompleteListError} when a field is missing
 */
export function readIdentity(item: unknown): ClaimIdentity {
  const { creationTimestamp, namespace, name, uid } = metadataOf(item);
  const createdAt = Date.parse(creationTimestamp ?? "");
  if (!namespace || !name || !uid || Number.isNaN(createdAt)) {
    throw new IncompleteListError(
      `the claim ${namespace ?? ""}/${name ?? ""} came without its uid or creationTimestamp`,
    );
  }
  return { namespace, name, uid, createdAt };
}

/**
 * What the janitor reads of a claim.
 * @throws {IncompleteListError} when a field is missing that a verdict needs
 */
function readClaim(item: unknown): ClaimMetadata {
  const metadata = metadataOf(item);
  const identity = readIdentity(item);
  const { createdAt } = identity;
  const { resourceVersion } = metadata;
  if (!resourceVersion) {
    throw new IncompleteListError(
      `the claim ${identity.namespace}/${identity.name} came without its resourceVersion`,
    );
  }
  const writes = (metadata.managedFields ?? [])
    .map(({ time }) => Date.parse(String(time)))
    .filter((time) => !Number.isNaN(time));
  return {
    ...identity,
    resourceVersion,
    changedAt: Math.max(createdAt, ...writes),
    markWrittenAt: markWrittenAt(metadata.managedFields ?? []),
    // A time that cannot be read still says that deletion was requested.
    deletedAt: metadata.deletionTimestamp
      ? Date.parse(metadata.deletionTimestamp)
      : undefined,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    ownerReferences: metadata.ownerReferences ?? [],
    finalizers: metadata.finalizers ?? [],
  };
}

/**
 * What the janitor reads of a claim that came as a whole.
 * @throws {IncompleteListError} when its metadata or its spec is missing
 */
export function readListedClaim(item: unknown): ListedClaim {
  const claim = readClaim(item);
  const { spec, ...rest } = item as V1PersistentVolumeClaim;
  if (typeof spec !== "object" || spec === null) {
    throw new IncompleteListError(
      `the claim ${claim.namespace}/${claim.name} came without its spec`,
    );
  }
  const clones = pendingSourceOf({ ...rest, spec });
  const { volumeName } = spec;
  return {
    claim,
    ...(clones !== undefined && { clones }),
    ...(volumeName && { volume: volumeName }),
  };
}

type ManagedFields = NonNullable<V1ObjectMeta["managedFields"]>;

/** The API server notes who wrote a field last, and when: https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management */
function markWrittenAt(managedFields: ManagedFields): number | undefined {
  for (const { manager, time, fieldsV1 } of managedFields) {
    const fields = fieldsV1 as
      | { "f:metadata"?: { "f:annotations"?: Record<string, unknown> } }
      | undefined;
    const written = Date.parse(String(time));
    if (
      manager === JANITOR_NAME &&
      fields?.["f:metadata"]?.["f:annotations"]?.[MARK_FIELD] !== undefined &&
      !Number.isNaN(written)
    )
      return written;
  }
  return undefined;
}

/**
 * Only the parts of a Pod that verdicts need: environment, commands and status of thousands of Pods would fill the memory. No verdict
 * asks anything of a Pod without claims, but later lists must know that it is not a new one.
 * @throws {IncompleteListError} when its name or its spec is missing: the claims that it uses are then unknown
 */
export function readPod(item: unknown): V1Pod {
  const metadata = podMetadata(item);
  const { spec } = item as V1Pod;
  if (typeof spec !== "object" || spec === null)
    throw new IncompleteListError("a Pod came without its spec");
  const volumes = (spec.volumes ?? []).flatMap(claimSourceOnly);
  if (volumes.length === 0) {
    const { name, uid } = metadata;
    return { metadata: { name, ...(uid && { uid }) } };
  }
  const { containers, status } = finishOf(item as V1Pod);
  return {
    metadata,
    spec: {
      containers: [...containers],
      volumes,
      ...(spec.nodeName && { nodeName: spec.nodeName }),
    },
    ...(status && { status: { ...status, ...pendingOf(item as V1Pod) } }),
  };
}

/** True for a Pod of `readPod` that uses no claim: it has no spec. */
export function usesNoClaim({ spec }: V1Pod): boolean {
  return spec === undefined;
}

type PodMetadata = V1ObjectMeta & { readonly name: string };

/**
 * What verdicts need of a Pod's metadata.
 * @throws {IncompleteListError} when its name is missing
 */
export function podMetadata(item: unknown): PodMetadata {
  const { name, uid, resourceVersion, labels, deletionTimestamp } =
    metadataOf(item);
  if (!name) throw new IncompleteListError("a Pod came without its name");
  return {
    name,
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
    ...(labels && { labels }),
    ...(deletionTimestamp && {
      deletionTimestamp: new Date(deletionTimestamp),
    }),
  };
}

/**
 * A volume and the terms of its required node affinity.
 * @throws {IncompleteListError} when its name or its spec is missing
 */
export function readVolume(
  item: unknown,
): [name: string, terms: readonly V1NodeSelectorTerm[]] {
  const { name } = metadataOf(item);
  const { spec } = item as V1PersistentVolume;
  if (!name || typeof spec !== "object")
    throw new IncompleteListError("a volume came without its name or its spec");
  return [name, spec.nodeAffinity?.required?.nodeSelectorTerms ?? []];
}

/** The value by which volumes name a node, and its uid. */
export function readNode(item: unknown): [hostname: string, uid: string] {
  const { labels, name, uid } = metadataOf(item);
  return [labels?.[HOSTNAME_LABEL] ?? name ?? "", uid ?? ""];
}

/**
 * Which volume is attached to which node.
 * @throws {IncompleteListError} when the spec is missing
 */
export function readAttachment(item: unknown): VolumeAttachment {
  const { spec, status } = item as V1VolumeAttachment;
  if (typeof spec !== "object")
    throw new IncompleteListError("a VolumeAttachment came without its spec");
  return {
    volume: spec.source.persistentVolumeName ?? "",
    node: spec.nodeName,
    attached: status?.attached ?? false,
    error: status?.attachError?.message,
  };
}

type Volume = NonNullable<NonNullable<V1Pod["spec"]>["volumes"]>[number];

/** A volume that is a claim, and no more of it than its claim. */
function claimSourceOnly({
  name,
  persistentVolumeClaim,
  ephemeral,
}: Volume): Volume[] {
  if (persistentVolumeClaim) return [{ name, persistentVolumeClaim }];
  return ephemeral ? [{ name, ephemeral: {} }] : [];
}

function metadataOf(item: unknown): JsonMetadata {
  const metadata = (item as { metadata?: JsonMetadata } | null)?.metadata;
  if (typeof metadata !== "object")
    throw new IncompleteListError("an object came without metadata");
  return metadata;
}
