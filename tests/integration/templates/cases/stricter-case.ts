import type { V1PodSpec } from "@kubernetes/client-node";
import { template } from "./every-field.ts";

/** Templates that a StatefulSet takes and that are refused here. */
export interface StricterCase {
  readonly templates: readonly unknown[];
  /** Part of what is said here. */
  readonly says: string;
  /** What the Pods have in place of containers that use every volume. */
  readonly podSpec?: Partial<V1PodSpec>;
  /** True where a StatefulSet is taken and its claim is not, so that its Pods wait for ever. */
  readonly makesNoClaim?: true;
  /** True for what kubectl would ask the API server to refuse. */
  readonly isLenient?: true;
}

/** In the words of docs/annotations.md. */
export interface StricterRule {
  readonly words: string;
  readonly cases: readonly StricterCase[];
}

export const container = { name: "app", image: "app:1" };

/** A sound template but for what is beside its metadata and spec. */
export function beside(
  fields: Readonly<Record<string, unknown>>,
): StricterCase {
  const [field = ""] = Object.keys(fields);
  return {
    templates: [{ ...template("data"), ...fields }],
    says: `${field}: `,
  };
}

/** A sound template but for its metadata. */
export function metadata(
  fields: Readonly<Record<string, unknown>>,
  says: string,
  more: Partial<StricterCase> = {},
): StricterCase {
  return {
    templates: [{ ...template("data"), metadata: { name: "data", ...fields } }],
    says,
    ...more,
  };
}

/** A sound template but for its spec. */
export function spec(
  fields: Readonly<Record<string, unknown>>,
  says: string,
): StricterCase {
  return { templates: [template("data", fields)], says };
}
