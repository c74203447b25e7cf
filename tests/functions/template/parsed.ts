import { fieldMessage } from "../../../functions/field/field-error.ts";
import { parseTemplates } from "../../../functions/template/parse.ts";
import type { ParsedTemplates } from "../../../functions/template/parse.ts";
import { prefixed } from "../../support/builders.ts";

type Sound = Extract<ParsedTemplates, { kind: "templates" }>;

/** What annotations, given without their prefix, ask for. It throws if they are rejected. */
export async function parsed(
  annotations: Readonly<Record<string, string>>,
): Promise<Sound> {
  const outcome = await parseTemplates(prefixed(annotations));
  if (outcome.kind !== "templates") throw new Error(JSON.stringify(outcome));
  return outcome;
}

/** The messages about annotations, given without their prefix. */
export async function problemsOf(
  annotations: Readonly<Record<string, string>>,
): Promise<string[]> {
  const outcome = await parseTemplates(prefixed(annotations));
  return outcome.kind === "invalid" ? outcome.errors.map(fieldMessage) : [];
}
