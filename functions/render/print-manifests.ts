import { isOfCore } from "./known-kinds.ts";
import { printable } from "../contract/printable.ts";
import { jsonText } from "./quoted-text.ts";
import type { Rendering } from "./render-manifest.ts";
import { yamlText } from "./yaml-text.ts";

/** Claims and patched objects as YAML documents, the claims of a workload before it. */
export function manifestsAsYaml(renderings: readonly Rendering[]): string {
  return renderings
    .flatMap(({ workload, templates, object }) => {
      // A comment ends with its line, wherever that is.
      const title = printable(workload);
      const [who, whose] = isOfCore(object, "Pod")
        ? [title, "it"]
        : [`Each Pod of ${title}`, "its Pods"];
      return [
        ...templates
          .flatMap(({ claims }) => claims)
          .map(
            (claim) =>
              `# ${who} gets a claim like this, with a <hash> of its own.\n${yamlText(claim)}`,
          ),
        `# ${title} as ${whose} will be. To look at: apply the manifest itself.\n${yamlText(object)}`,
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
  return jsonText({ apiVersion: "v1", kind: "List", items });
}
