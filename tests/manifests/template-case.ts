import type { V1PodTemplateSpec } from "@kubernetes/client-node";

/** A Pod template to try on workloads. */
export interface TemplateCase {
  readonly name: string;
  readonly template: V1PodTemplateSpec;
}

/** The text of a sound annotation `templates` that asks for volume `cache`. */
export const FULL_FORM =
  "[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]";
