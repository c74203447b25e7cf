import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { spec } from "./malformed.ts";

/** A template that is pasted into both. */
export interface Template {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string };
  readonly status?: object;
  readonly spec: Record<string, unknown>;
}

/** A template with these fields in its spec, whose claim nothing binds. */
export function template(
  name: string,
  { storageClassName = "", ...fields }: Record<string, unknown> = {},
): Template {
  const ofClass = storageClassName !== null && { storageClassName };
  return { metadata: { name }, spec: { ...spec, ...ofClass, ...fields } };
}

/** Those of every-field.yaml. */
export const TEMPLATES: readonly Template[] = Object.entries(
  parse(
    readFileSync(new URL("every-field.yaml", import.meta.url), "utf8"),
  ) as Record<string, Partial<Template>>,
).map(([name, { spec: fields, metadata, ...rest }]) => ({
  ...rest,
  ...template(name, fields),
  metadata: { name, ...metadata },
}));
