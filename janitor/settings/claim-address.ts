import { isDnsLabel } from "../../functions/contract/names.ts";
import { quoted } from "../../functions/contract/printable.ts";
import type { Problem } from "../../functions/contract/setting-values.ts";

/** A claim that a person asks about. */
export interface ClaimAddress {
  readonly namespace: string;
  readonly name: string;
}

/** A claim as people write it: `shop/web-cache-x7k2m9p4qw`. */
export function claimAddress(text: string): ClaimAddress | Problem {
  const [namespace = "", name = "", ...more] = text.split("/");
  return more.length === 0 && isDnsLabel(namespace) && name !== ""
    ? { namespace, name }
    : {
        problem: `${quoted(text)} is not a claim; write it like shop/web-cache`,
      };
}
