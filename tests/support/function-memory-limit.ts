import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { parseQuantity } from "../../functions/contract/quantity.ts";

const MIB = 1024 * 1024;
const manifest = new URL("../../manifests/base/function.yaml", import.meta.url);

/** The memory limit of the function's container, in MiB. Node gives half of it to its heap. */
export function functionMemoryLimit(): number {
  const { spec } = parse(readFileSync(manifest, "utf8")) as {
    spec: {
      template: {
        spec: {
          containers: { resources: { limits: { memory: string } } }[];
        };
      };
    };
  };
  const [container] = spec.template.spec.containers;
  return (parseQuantity(container?.resources.limits.memory ?? "") ?? NaN) / MIB;
}
