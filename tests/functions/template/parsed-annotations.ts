import { parseTemplates } from "../../../functions/template/parse.ts";
import type { ParsedTemplates } from "../../../functions/template/parse.ts";
import { cacheAnnotations, prefixed } from "../../support/builders.ts";

/** What annotations ask for, with the problems as people read them. */
export type Parsed =
  | Exclude<ParsedTemplates, { kind: "invalid" }>
  | { readonly kind: "invalid"; readonly problems: readonly string[] };

/** What exactly these annotations ask for. */
export async function parsed(
  annotations: Parameters<typeof parseTemplates>[0],
): Promise<Parsed> {
  const outcome = await parseTemplates(annotations);
  return outcome.kind === "invalid"
    ? {
        kind: "invalid",
        problems: outcome.problems.map(({ message }) => message),
      }
    : outcome;
}

/** What a Pod's annotations ask for with these, without their prefix, on top of the two that everything starts with. */
export function parsedWith(
  over: Readonly<Record<string, string>>,
): Promise<Parsed> {
  return parsed({ ...cacheAnnotations, ...prefixed(over) });
}
