import type { V1NodeSelectorTerm } from "@kubernetes/client-node";
import type { SetOfClaims } from "./claim-sets.ts";

/** On which nodes the volumes of a cluster can be mounted, and which nodes there are. */
export interface VolumeNodes {
  /** The terms of each volume's required node affinity, one of which a node must match, by its name; empty for any node. */
  readonly affinities: ReadonlyMap<string, readonly V1NodeSelectorTerm[]>;
  /** Values of the label `kubernetes.io/hostname`. */
  readonly hostnames: ReadonlySet<string>;
}

/** What volumes say about the nodes of a set. */
export interface SetNodes {
  /** The terms of each volume that not every node can mount, as JSON; undefined when there are none. */
  readonly nodeAffinity: string | undefined;
  /** A node that is gone, with the volume on it. */
  readonly goneNode: string | undefined;
}

export const HOSTNAME_LABEL = "kubernetes.io/hostname";

/** Undefined when the list lacks a volume of the set: it may be newer than the list. */
export function nodesOfSet(
  { volumes }: Pick<SetOfClaims, "volumes">,
  { affinities, hostnames }: VolumeNodes,
): SetNodes | undefined {
  const bound: (readonly V1NodeSelectorTerm[])[] = [];
  for (const volume of volumes) {
    const terms = affinities.get(volume);
    if (!terms) return undefined;
    if (terms.length > 0) bound.push(terms);
  }
  return {
    nodeAffinity: bound.length === 0 ? undefined : JSON.stringify(bound),
    // A cluster without any node is no reason to look for other nodes.
    goneNode:
      hostnames.size === 0
        ? undefined
        : bound.map((terms) => goneNode(terms, hostnames)).find(Boolean),
  };
}

/** The node that a volume is on, when every term names nodes and none of them is there. */
function goneNode(
  terms: readonly V1NodeSelectorTerm[],
  hostnames: ReadonlySet<string>,
): string | undefined {
  const named = terms.map(({ matchExpressions = [] }) =>
    matchExpressions
      .filter(
        ({ key, operator }) => key === HOSTNAME_LABEL && operator === "In",
      )
      .flatMap(({ values = [] }) => values),
  );
  return named.every(
    (hosts) => hosts.length > 0 && hosts.every((host) => !hostnames.has(host)),
  )
    ? named[0]?.[0]
    : undefined;
}
