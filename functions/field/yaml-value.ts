import type { Document } from "yaml";
import { errorMessage } from "../contract/error-message.ts";
import { cut, printable } from "../contract/printable.ts";
import { isDeeperThan } from "./value.ts";

/** Up to where a document is read: a short hostile text must not fill the memory. */
export interface YamlBounds {
  /** How often the text may use an anchor. */
  readonly maxAliasCount: number;
  /** Levels of lists and objects. Beyond the deepest field that there is, an anchor contains itself. */
  readonly maxDepth: number;
}

/** The rest of a sentence. The parser itself gives up on such a text with the code `RESOURCE_EXHAUSTION`. */
export const TOO_DEEP = "is nested too deeply";

/** The value of a document without syntax errors, or what is wrong with it as the rest of a sentence. */
export function yamlValue(
  document: Pick<Document, "toJS">,
  { maxAliasCount, maxDepth }: YamlBounds,
): { readonly value: unknown } | { readonly problem: string } {
  try {
    const value: unknown = document.toJS({ maxAliasCount });
    return isDeeperThan(maxDepth, value) ? { problem: TOO_DEEP } : { value };
  } catch (error) {
    if (error instanceof RangeError) return { problem: TOO_DEEP };
    const reason = errorMessage(error).replaceAll(/\s+/g, " ").trim();
    return { problem: `cannot be read: ${printable(cut(reason))}` };
  }
}
