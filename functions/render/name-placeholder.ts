import type { Operation } from "fast-json-patch";
import type { ClaimManifest } from "../claim/build-claim.ts";
import { snapshotReference } from "../pod/claim-template/data-source.ts";
import type { DataSource } from "../pod/claim-template/data-source.ts";

// Names that nobody can take for real ones: Kubernetes refuses each of them.

/** Stands for the uid of the admission request, which only a real one has. */
export const PLACEHOLDER_UID = "<uid>";

/** Stands for the last part of a claim's name, which comes from that uid. */
const PLACEHOLDER_HASH = "<hash>";

/** The part of a plan in which there are names that only a cluster can give. */
export interface PlanWithNames {
  readonly claims: readonly ClaimManifest[];
  readonly sources: ReadonlyMap<string, DataSource>;
  readonly patch: readonly Operation[];
}

/** Puts placeholders where names have their hash, in the claims and in the patch that names them, and for snapshots that are still to be chosen. */
export function withPlaceholders({
  claims,
  sources,
  patch,
}: PlanWithNames): Pick<PlanWithNames, "claims" | "patch"> {
  const names = new Map(
    claims.map(({ metadata: { name } }) => [
      name,
      name.slice(0, name.lastIndexOf("-") + 1) + PLACEHOLDER_HASH,
    ]),
  );
  return {
    claims: claims.map((claim) => {
      const { name } = claim.metadata;
      return {
        ...claim,
        metadata: { ...claim.metadata, name: names.get(name) ?? name },
        spec: withSource(claim.spec, sources.get(name)),
      };
    }),
    patch: renamed(patch, names) as Operation[],
  };
}

function withSource(
  spec: ClaimManifest["spec"],
  source: DataSource | undefined,
): ClaimManifest["spec"] {
  return source?.kind === "newest-snapshot"
    ? {
        ...spec,
        dataSource: snapshotReference(`<newest with ${source.selector}>`),
      }
    : spec;
}

function renamed(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((item) => renamed(item, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, renamed(child, names)]),
  );
}
