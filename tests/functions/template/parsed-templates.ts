import { fieldMessage } from "../../../functions/field/field-error.ts";
import type { VolumeClaimTemplate } from "../../../functions/template/template.ts";
import { parseTemplates } from "../../../functions/template/parse.ts";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";

/** A small claim. */
export const spec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

/** The templates in `text`; fails with the problems when there are some. */
export async function templatesIn(
  text: string,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly VolumeClaimTemplate[]> {
  const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: text, ...more });
  if (parsed.kind === "templates") return parsed.templates;
  throw new Error(JSON.stringify(parsed));
}

/** What is wrong with `text`, in the order in which it is said. */
export async function problemsIn(
  text: string,
  more: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const parsed = await parseTemplates({ [TEMPLATE_TEMPLATES]: text, ...more });
  return parsed.kind === "invalid" ? parsed.errors.map(fieldMessage) : [];
}
