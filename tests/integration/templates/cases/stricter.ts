import type { StricterRule } from "./stricter-case.ts";
import { STRICTER_WITH_METADATA } from "./stricter-metadata.ts";
import { STRICTER_WITH_SPECS } from "./stricter-spec.ts";
import { STRICTER_WITH_VOLUMES } from "./stricter-volumes.ts";

/** Everything in which we are stricter with templates than a StatefulSet. */
export const STRICTER: readonly StricterRule[] = [
  ...STRICTER_WITH_METADATA,
  ...STRICTER_WITH_SPECS,
  ...STRICTER_WITH_VOLUMES,
];
