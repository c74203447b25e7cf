import type { V1NodeSelectorTerm } from "@kubernetes/client-node";
import { NODE_UIDS_ANNOTATION } from "../../functions/contract/keys.ts";
import type { ClaimSet } from "./claim-sets.ts";

/** That a volume is, or is to be, attached to a node. */
export interface VolumeAttachment {
  /** Name of the volume. */
  readonly volume: string;
  /** Name of the node. */
  readonly node: string;
  readonly attached: boolean;
  /** What the driver said when it could not attach the volume. */
  readonly error: string | undefined;
}

/** On which nodes the volumes of a cluster can be mounted, which nodes there are, and which volumes are attached where. */
export interface VolumeNodes {
  /** The terms of each volume's required node affinity, one of which a node must match, by its name; empty for any node. */
  readonly affinities: ReadonlyMap<string, readonly V1NodeSelectorTerm[]>;
  /** The uid of each node by its value of the label `kubernetes.io/hostname`. */
  readonly nodes: ReadonlyMap<string, string>;
  readonly attachments: readonly VolumeAttachment[];
}

/** What volumes say about the nodes of a set. */
export interface SetNodes {
  /** The terms of each volume that not every node can mount, as JSON; undefined when there are none. */
  readonly nodeAffinity: string | undefined;
  /** The uid of each node that a volume is on, as JSON by its hostname, as it was when a sweep first saw it; undefined when there are none. */
  readonly nodeUids: string | undefined;
  /** A node that is gone, with the volume on it. */
  readonly goneNode: string | undefined;
  /** A node that was deleted and created again, without what the volume had. */
  readonly newNode: string | undefined;
}

export const HOSTNAME_LABEL = "kubernetes.io/hostname";

/** Undefined when the list lacks a volume of the set: it may be newer than the list. */
export function nodesOfSet(
  { leader, volumes }: Pick<ClaimSet, "leader" | "volumes">,
  { affinities, nodes }: Pick<VolumeNodes, "affinities" | "nodes">,
): SetNodes | undefined {
  const bound: (readonly V1NodeSelectorTerm[])[] = [];
  for (const volume of volumes) {
    const terms = affinities.get(volume);
    if (!terms) return undefined;
    if (terms.length > 0) bound.push(terms);
  }
  const recorded = uidsIn(leader?.annotations[NODE_UIDS_ANNOTATION]);
  const hostsOfVolumes = bound.map(hostsOf);
  const uids = [...new Set(hostsOfVolumes.flat())]
    .toSorted()
    .flatMap((host): [host: string, uid: string][] => {
      const uid = recorded.get(host) ?? nodes.get(host);
      return uid === undefined ? [] : [[host, uid]];
    });
  // A cluster without any node is no reason to look for other nodes.
  const lost =
    nodes.size === 0
      ? []
      : hostsOfVolumes.filter(
          (hosts) =>
            hosts.length > 0 &&
            hosts.every((host) => {
              const uid = nodes.get(host);
              return uid === undefined || uid !== (recorded.get(host) ?? uid);
            }),
        );
  const newNode = lost.flat().find((host) => nodes.has(host));
  return {
    nodeAffinity: bound.length === 0 ? undefined : JSON.stringify(bound),
    nodeUids:
      uids.length === 0 ? undefined : JSON.stringify(Object.fromEntries(uids)),
    goneNode: newNode === undefined ? lost[0]?.[0] : undefined,
    newNode,
  };
}

/** The nodes that a volume can be on, when every term names nodes. */
function hostsOf(terms: readonly V1NodeSelectorTerm[]): readonly string[] {
  const named = terms.map(({ matchExpressions = [] }) =>
    matchExpressions
      .filter(
        ({ key, operator }) => key === HOSTNAME_LABEL && operator === "In",
      )
      .flatMap(({ values = [] }) => values),
  );
  return named.every((hosts) => hosts.length > 0) ? named.flat() : [];
}

/** Text that the janitor did not write says nothing. */
function uidsIn(text: string | undefined): ReadonlyMap<string, string> {
  if (text === undefined) return new Map();
  try {
    const value: unknown = JSON.parse(text);
    return new Map(
      Object.entries(value ?? {}).flatMap(([host, uid]) =>
        typeof uid === "string" ? [[host, uid]] : [],
      ),
    );
  } catch {
    return new Map();
  }
}
