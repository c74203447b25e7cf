import { fieldMessage } from "../../../functions/field/field-error.ts";
import { parseTemplates } from "../../../functions/template/parse.ts";
import type { ParsedTemplates } from "../../../functions/template/parse.ts";
import { cacheAnnotations, prefixed } from "../../support/builders.ts";

/** What annotations ask for, with the errors as people read them. */
export type Parsed =
  | Exclude<ParsedTemplates, { kind: "invalid" }>
  | { readonly kind: "invalid"; readonly errors: readonly string[] };

/** What exactly these annotations ask for. */
export async function parsed(
  annotations: Parameters<typeof parseTemplates>[0],
): Promise<Parsed> {
  const outcome = await parseTemplates(annotations);
  return outcome.kind === "invalid"
    ? {
        kind: "invalid",
        errors: outcome.errors.map(fieldMessage),
      }
    : outcome;
}

/** What a Pod's annotations ask for with these, without their prefix, on top of the two that everything starts with. */
export function parsedWith(
  over: Readonly<Record<string, string>>,
): Promise<Parsed> {
  return parsed({ ...cacheAnnotations, ...prefixed(over) });
}
