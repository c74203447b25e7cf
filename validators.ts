import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import type { AnySchema } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { admissionReviewSchema } from "./functions/admission/admission-review.schema.ts";
import { kubeconfigSchema } from "./functions/kubernetes/kubeconfig.schema.ts";
import claimTemplateSchema from "./functions/template/claim-template.schema.generated.json" with { type: "json" };

/** A schema and the file, relative to this one, that holds the code made from it. */
export interface GeneratedValidator {
  readonly schema: AnySchema;
  readonly file: string;
}

/** The schemas that are compiled ahead of time. To compile them at each start of a program would take about 75 ms. */
export const GENERATED_VALIDATORS: readonly GeneratedValidator[] = [
  {
    schema: admissionReviewSchema,
    file: "functions/admission/admission-review.validate.generated.js",
  },
  {
    schema: claimTemplateSchema,
    file: "functions/template/claim-template.validate.generated.js",
  },
  {
    schema: kubeconfigSchema,
    file: "functions/kubernetes/kubeconfig.validate.generated.js",
  },
];

const HEADING =
  "// Written by `node validators.ts` from the schema beside it; not to be edited.\n";

/** Types of every generated module: TypeScript reads them beside the code. */
const DECLARATIONS = `${HEADING}import type { ErrorObject } from "ajv";

/** Checks \`data\` against the schema; what is wrong with it is then in \`validate.errors\`. */
export const validate: {
  (data: unknown): boolean;
  errors?: ErrorObject[] | null;
};
`;

/**
 * The source of an ES module that exports `validate` for `schema` and imports nothing.
 * @throws {TypeError} when the schema uses a keyword whose check lives in ajv's run-time modules.
 */
export function generateValidator(schema: AnySchema): string {
  const ajv = new Ajv({
    allErrors: true,
    // Lengths in UTF-16 units: counting code points would need a CommonJS module of ajv at run time.
    unicode: false,
    logger: false,
    code: { source: true, esm: true, lines: true },
  });
  const code = standalone.default(ajv, ajv.compile(schema));
  if (/\brequire\(/.test(code)) {
    throw new TypeError(
      "the schema uses a keyword, such as uniqueItems or format, that needs ajv at run time: use other keywords",
    );
  }
  return HEADING + code.replace(/export default \w+;/, "");
}

/** Path and content of every file that `node validators.ts` writes. */
export function generatedFiles(): { file: string; content: string }[] {
  return GENERATED_VALIDATORS.flatMap(({ schema, file }) => [
    { file, content: generateValidator(schema) },
    { file: file.replace(/\.js$/, ".d.ts"), content: DECLARATIONS },
  ]);
}

if (import.meta.main) {
  for (const { file, content } of generatedFiles())
    writeFileSync(join(import.meta.dirname, file), content);
}
