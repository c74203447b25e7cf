/** The part of JSON schema that the generated schema of a template uses. */
export interface Schema {
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

/** Every field that a template can have, down to the last, and each value of a field that has only some: `spec.volumeMode=Block`. */
export function leavesOf(schema: Schema, path = ""): string[] {
  const { additionalProperties: others, items, properties } = schema;
  if (schema.enum) return schema.enum.map((value) => `${path}=${value}`);
  if (items) return leavesOf(items, `${path}[]`);
  if (properties)
    return Object.entries(properties).flatMap(([name, property]) =>
      leavesOf(property, path === "" ? name : `${path}.${name}`),
    );
  return typeof others === "object" ? leavesOf(others, `${path}.*`) : [path];
}

/** Those of them that `value` uses. */
export function usedLeaves(
  schema: Schema,
  value: unknown,
  path = "",
): string[] {
  const { additionalProperties: others, items, properties } = schema;
  if (value === undefined) return [];
  if (schema.enum) return [`${path}=${value as string}`];
  if (items)
    return (value as unknown[]).flatMap((item) =>
      usedLeaves(items, item, `${path}[]`),
    );
  if (properties)
    return Object.entries(value as object).flatMap(([name, child]) =>
      usedLeaves(
        properties[name] ?? {},
        child,
        path === "" ? name : `${path}.${name}`,
      ),
    );
  return typeof others === "object"
    ? Object.values(value as object).flatMap((child) =>
        usedLeaves(others, child, `${path}.*`),
      )
    : [path];
}
