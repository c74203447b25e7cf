import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1Deployment, V1StatefulSet } from "@kubernetes/client-node";
import { isNode, parseDocument } from "yaml";
import { TEMPLATE_TEMPLATES } from "../../../../functions/contract/keys.ts";

/** A StatefulSet of a file beside this one, and its volumeClaimTemplates as they stand there. */
export interface RealLifeSet {
  readonly name: string;
  readonly statefulSet: V1StatefulSet;
  /** The lines of the array, comments and indentation included, as somebody copies them. */
  readonly text: string;
}

/** Every manifest beside this file. */
export function realLifeSets(): RealLifeSet[] {
  return readdirSync(import.meta.dirname)
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => {
      const source = readFileSync(join(import.meta.dirname, file), "utf8");
      const document = parseDocument(source, { merge: true });
      const array = document.getIn(["spec", "volumeClaimTemplates"], true);
      if (!isNode(array) || !array.range)
        throw new Error(`${file} has no volumeClaimTemplates`);
      const [start, , end] = array.range;
      return {
        name: file.replace(/\.yaml$/, ""),
        statefulSet: document.toJS() as V1StatefulSet,
        text: source.slice(lineOf(source, start), end),
      };
    });
}

/** The same Pods from a Deployment: the array pasted into the annotation, and a placeholder for each volume. */
export function asDeployment({ statefulSet, text }: RealLifeSet): V1Deployment {
  const { selector, template, volumeClaimTemplates } = statefulSet.spec ?? {};
  const labels = { "example.com/pasted": "true" };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: `${statefulSet.metadata?.name}-pasted` },
    spec: {
      replicas: 1,
      selector: { matchLabels: { ...selector?.matchLabels, ...labels } },
      template: {
        metadata: {
          ...template?.metadata,
          labels: { ...template?.metadata?.labels, ...labels },
          annotations: {
            ...template?.metadata?.annotations,
            [TEMPLATE_TEMPLATES]: text,
          },
        },
        spec: {
          containers: [],
          ...template?.spec,
          volumes: [
            ...(template?.spec?.volumes ?? []),
            // The API server refuses a Deployment that mounts what it does not declare, unlike a StatefulSet.
            ...(volumeClaimTemplates ?? []).map(({ metadata }) => ({
              name: metadata?.name ?? "",
              emptyDir: {},
            })),
          ],
        },
      },
    },
  };
}

/** Where the line of `offset` begins, if nothing but blanks is before it; else `offset`. */
function lineOf(source: string, offset: number): number {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  return source.slice(start, offset).trim() === "" ? start : offset;
}
