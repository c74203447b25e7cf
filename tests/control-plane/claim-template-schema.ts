import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { format } from "prettier";
import { startControlPlane } from "./control-plane.ts";
import type { ControlPlane } from "./control-plane.ts";

/** Where the schema is kept: it is compiled from there, by `npm run generate`, and read for messages. */
export const SCHEMA_FILE = fileURLToPath(
  new URL(
    "../../functions/template/claim-template.schema.generated.json",
    import.meta.url,
  ),
);

/** The fields of a template's metadata that mean something for the claim of one Pod. */
const METADATA_FIELDS = ["name", "labels", "annotations"];

/** What says nothing of what is valid. */
const IGNORED = /^(description|default|x-kubernetes-.*)$/;

/** A schema of the API's OpenAPI document, as far as claims use it. */
interface OpenApiSchema {
  readonly $ref?: string;
  readonly allOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly additionalProperties?: OpenApiSchema;
}

interface OpenApiDocument {
  readonly info: { readonly version: string };
  readonly components: {
    readonly schemas: Readonly<Record<string, OpenApiSchema>>;
  };
}

/** The schema of one entry of a StatefulSet's volumeClaimTemplates, from the API server's own document; it rejects unknown fields. */
export async function claimTemplateSchema(
  controlPlane: Pick<ControlPlane, "kubectl">,
): Promise<object> {
  const { stdout, stderr, exitCode } = await controlPlane.kubectl([
    "get",
    "--raw",
    "/openapi/v3/api/v1",
  ]);
  if (exitCode !== 0) throw new Error(`no OpenAPI document: ${stderr}`);
  const { info, components } = JSON.parse(stdout) as OpenApiDocument;
  const named = (name: string): OpenApiSchema => {
    const found = components.schemas[name];
    if (found === undefined) throw new Error(`no schema ${name}`);
    return found;
  };
  const claim = named("io.k8s.api.core.v1.PersistentVolumeClaim");
  const metadata = named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
  return {
    $id: "ClaimTemplate",
    $comment: `Written by \`npm run generate:schema\` from the OpenAPI document of Kubernetes ${minorOf(info.version)}; not to be edited.`,
    ...plainObject({
      required: ["metadata", "spec"],
      properties: {
        apiVersion: { const: "v1" },
        kind: { const: "PersistentVolumeClaim" },
        metadata: plainObject({
          required: ["name"],
          properties: Object.fromEntries(
            METADATA_FIELDS.map((field) => [
              field,
              plain(metadata.properties?.[field] ?? {}, named),
            ]),
          ),
        }),
        spec: plain(claim.properties?.["spec"] ?? {}, named),
      },
    }),
  };
}

/** `1.36` of `v1.36.3` or `1.36.3`. */
export function minorOf(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}

/** The same schema in the plain words of JSON schema, with all references replaced by what they mean. */
function plain(
  schema: OpenApiSchema,
  named: (name: string) => OpenApiSchema,
): object {
  const {
    $ref,
    allOf,
    oneOf,
    type,
    enum: values,
    required,
    items,
    properties,
    additionalProperties,
    ...rest
  } = schema;
  const unknown = Object.keys(rest).filter((key) => !IGNORED.test(key));
  if (unknown.length > 0)
    throw new Error(`keywords that are not understood: ${unknown.join(", ")}`);
  if ($ref !== undefined)
    return plain(named($ref.split("/").at(-1) ?? ""), named);
  if (allOf !== undefined) {
    const [only, ...more] = allOf;
    if (only === undefined || more.length > 0)
      throw new Error("allOf is understood around one reference only");
    return plain(only, named);
  }
  if (oneOf !== undefined) return { type: oneOf.map((one) => one.type) };
  if (type === "array") return { type, items: plain(items ?? {}, named) };
  if (properties !== undefined)
    return plainObject({
      ...(required && { required }),
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, property]) => [
          name,
          plain(property, named),
        ]),
      ),
    });
  if (additionalProperties !== undefined)
    return { type, additionalProperties: plain(additionalProperties, named) };
  if (type === undefined) throw new Error("a schema without a type");
  // One of some values is of their type, too; saying both would find two things wrong with one value.
  return values ? { enum: values } : { type };
}

function plainObject(schema: object): object {
  return { type: "object", ...schema, additionalProperties: false };
}

if (import.meta.main) {
  const controlPlane = await startControlPlane({
    controllers: false,
    nodes: 0,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    const schema = await claimTemplateSchema(controlPlane);
    writeFileSync(
      SCHEMA_FILE,
      await format(JSON.stringify(schema), { filepath: SCHEMA_FILE }),
    );
  } finally {
    await controlPlane.stop();
  }
}
