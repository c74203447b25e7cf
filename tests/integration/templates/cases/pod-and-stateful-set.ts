import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { TEMPLATE_TEMPLATES } from "../../../../functions/contract/keys.ts";
import type { Template } from "./every-field.ts";

function isBlock({ spec }: Template): boolean {
  return spec["volumeMode"] === "Block";
}

/** A container that mounts every volume, or has it as a device. */
function containersFor(
  templates: readonly Template[],
): NonNullable<V1Pod["spec"]>["containers"] {
  return [
    {
      name: "app",
      image: "app:1",
      volumeMounts: templates
        .filter((one) => !isBlock(one))
        .map(({ metadata: { name } }) => ({ name, mountPath: `/${name}` })),
      volumeDevices: templates
        .filter(isBlock)
        .map(({ metadata: { name } }) => ({
          name,
          devicePath: `/dev/${name}`,
        })),
    },
  ];
}

/** A Pod that gets a claim of each. */
export function aPod(templates: readonly Template[], name = "pod"): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      annotations: { [TEMPLATE_TEMPLATES]: JSON.stringify(templates) },
    },
    spec: { containers: containersFor(templates) },
  };
}

/** A StatefulSet of one Pod that gets a claim of each. */
export function aStatefulSet(
  templates: readonly Template[],
  name = "set",
): V1StatefulSet {
  const labels = { "selected-by-set": "true" };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: containersFor(templates) },
      },
      volumeClaimTemplates: [...templates] as V1PersistentVolumeClaim[],
    },
  };
}
