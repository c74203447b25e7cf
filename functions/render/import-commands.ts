import {
  DEFAULT_ON_MISS,
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
  POOL_LABEL,
  REUSE,
  SET_LABEL,
  TEMPLATE_NAME,
  TEMPLATE_ON_MISS,
  TEMPLATE_RETENTION,
} from "../contract/keys.ts";
import { isReused } from "../contract/life-cycle.ts";
import { MAX_NAME_LENGTH } from "../contract/readable-name.ts";
import { isDnsLabel } from "../contract/names.ts";
import { printable, quoted } from "../contract/printable.ts";
import type { RenderedClaim, Rendering } from "./render-files.ts";

/** Commands for a shell, or why there are none. */
export type ImportCommands =
  { readonly text: string } | { readonly problem: string };

/**
 * The kubectl commands that move the claims of a StatefulSet into the pool of the only workload that reuses claims. The controller of a
 * StatefulSet calls the claims `<template>-<StatefulSet>-<ordinal>`:
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage
 */
export function importCommands(
  renderings: readonly Rendering[],
  statefulSet: string,
): ImportCommands {
  const found = renderings.flatMap(({ namespace, templates, workload }) =>
    templates.flatMap(({ claims, pods, reuse }) =>
      reuse ? [{ claims, namespace, pods, pool: reuse.pool, workload }] : [],
    ),
  );
  const [one, ...others] = found;
  if (!one || others.length > 0)
    return {
      problem: one
        ? `several Pod templates reuse claims: ${found.map(({ workload }) => workload).join(", ")}; name the manifest of one`
        : `no Pod template reuses claims: set ${TEMPLATE_RETENTION}: ${REUSE}`,
    };
  const count = one.pods.running;
  if (!count || one.pods.perNode)
    return {
      problem: `${one.workload} has no replicas, so the number of claims to move is not known`,
    };
  // The API server would reject it, and a shell must not run it.
  if (one.namespace !== undefined && !isDnsLabel(one.namespace))
    return {
      problem: `${quoted(one.namespace)} is not the name of a namespace`,
    };
  const reused = one.claims.filter(({ metadata }) =>
    isReused(metadata.annotations),
  );
  const nameOf = (claim: RenderedClaim | undefined, ordinal: number): string =>
    `${claim?.metadata.labels[TEMPLATE_NAME] ?? ""}-${statefulSet}-${ordinal}`;
  const names = reused.map((claim) => nameOf(claim, count - 1));
  const tooLong = names.find((name) => name.length > MAX_NAME_LENGTH);
  if (tooLong !== undefined)
    return {
      problem: `a claim with a name like ${tooLong} cannot be moved: its name is a label of the Pod, which has at most ${MAX_NAME_LENGTH} characters`,
    };
  const inNamespace =
    one.namespace === undefined ? "" : ` --namespace=${one.namespace}`;
  const kubectl = (verb: string): string =>
    `kubectl ${verb} persistentvolumeclaim --overwrite${inNamespace}`;
  // The function does not see the Pods of a StatefulSet: it would hand out their claims.
  const users = [
    `statefulset/${statefulSet}`,
    ...Array.from({ length: count }, (_, at) => `pod/${statefulSet}-${at}`),
  ];
  const lines = Array.from({ length: count }, (_, ordinal) =>
    reused.flatMap((claim) => {
      const name = nameOf(claim, ordinal);
      const { annotations, labels } = claim.metadata;
      return [
        [
          kubectl("annotate"),
          name,
          `${TEMPLATE_RETENTION}=${REUSE}`,
          `${TEMPLATE_ON_MISS}=${annotations[TEMPLATE_ON_MISS] ?? DEFAULT_ON_MISS}`,
        ].join(" "),
        [
          kubectl("label"),
          name,
          `${MANAGED_LABEL}=${MANAGED_VALUE}`,
          `${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`,
          `${TEMPLATE_NAME}=${labels[TEMPLATE_NAME] ?? ""}`,
          `${POOL_LABEL}=${labels[POOL_LABEL] ?? ""}`,
          `${SET_LABEL}=${nameOf(reused[0], ordinal)}`,
        ].join(" "),
      ];
    }),
  );
  return {
    text: `${[
      `# Moves the claims of StatefulSet ${statefulSet} into the pool of ${printable(one.workload)}.`,
      "set -e",
      "# Ends here while the StatefulSet or one of its Pods is still there.",
      `kubectl wait --for=delete --timeout=5s${inNamespace} ${users.join(" ")}`,
      ...lines.flat(),
    ].join("\n")}\n`,
  };
}
