import { isOfCore } from "./known-kinds.ts";
import type { Rendering } from "./render-manifest.ts";
import { yamlText } from "./yaml-text.ts";

/** Claims and patched objects as YAML documents, the claims of a workload before it. */
export function manifestsAsYaml(renderings: readonly Rendering[]): string {
  return renderings
    .flatMap(({ workload, templates, object }) => {
      const [who, whose] = isOfCore(object, "Pod")
        ? [workload, "it"]
        : [`Each Pod of ${workload}`, "its Pods"];
      return [
        ...templates
          .flatMap(({ claims }) => claims)
          .map(
            (claim) =>
              `# ${who} gets a claim like this, with a <hash> of its own.\n${yamlText(claim)}`,
          ),
        `# ${workload} as ${whose} will be. To look at: apply the manifest itself.\n${yamlText(object)}`,
      ];
    })
    .join("---\n");
}

/** The same in one List. */
export function manifestsAsJson(renderings: readonly Rendering[]): string {
  const items = renderings.flatMap(({ templates, object }) => [
    ...templates.flatMap(({ claims }) => claims),
    object,
  ]);
  return `${JSON.stringify({ apiVersion: "v1", kind: "List", items }, undefined, 2)}\n`;
}
