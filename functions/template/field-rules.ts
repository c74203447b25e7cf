import { isDnsLabel, isDnsSubdomain } from "../kubernetes/names.ts";
import { parseQuantity } from "../kubernetes/quantity.ts";

// Each says what is wrong with a value, as the rest of a sentence that begins with it.

const NOT_A_QUANTITY =
  "is not a Kubernetes quantity; write it like 10Gi or 500M";

export function volumeProblem(value: string): string | undefined {
  return isDnsLabel(value)
    ? undefined
    : "is not a volume name: use at most 63 lower-case letters, digits and dashes";
}

export function quantityProblem(value: string): string | undefined {
  return parseQuantity(value) === undefined ? NOT_A_QUANTITY : undefined;
}

export function storageProblem(value: string): string | undefined {
  const size = parseQuantity(value);
  if (size === undefined) return NOT_A_QUANTITY;
  return size > 0 ? undefined : "must be greater than zero";
}

/** The empty string is sound: it means no class, as in the API. */
export function storageClassProblem(value: string): string | undefined {
  return value === "" || isDnsSubdomain(value)
    ? undefined
    : "is not the name of a storage class";
}

/** What is wrong with known modes side by side. */
export function modesTogetherProblem(
  modes: readonly string[],
): string | undefined {
  if (new Set(modes).size < modes.length) return "names a mode twice";
  if (modes.length > 1 && modes.includes("ReadWriteOncePod"))
    return "contradicts itself: ReadWriteOncePod allows no other mode beside it";
  return undefined;
}
