import { HOLD_KEY } from "./keys.ts";

interface Held {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Where a claim is held, or undefined. Any value but `false` is a hold, so that `yes` or a typing error keeps the claim. */
export function heldBy({ annotations, labels }: Held): string | undefined {
  for (const [where, map] of [
    ["annotation", annotations],
    ["label", labels],
  ] as const) {
    const value = map?.[HOLD_KEY];
    if (value !== undefined && value !== "false")
      return `${where} ${HOLD_KEY}: ${JSON.stringify(value)}`;
  }
  return undefined;
}
