import type { MalformedCase } from "./malformed-case.ts";
import { MALFORMED_LIFE_CYCLES } from "./malformed-life-cycle.ts";
import { MALFORMED_METADATA } from "./malformed-metadata.ts";
import { MALFORMED_SHAPES } from "./malformed-shape.ts";
import { MALFORMED_SPECS } from "./malformed-spec.ts";
import { MALFORMED_TEXTS } from "./malformed-text.ts";
import { MALFORMED_VOLUMES } from "./malformed-volumes.ts";

/** Each is refused in the function, and end to end. */
export const MALFORMED: readonly MalformedCase[] = [
  ...MALFORMED_TEXTS,
  ...MALFORMED_SHAPES,
  ...MALFORMED_METADATA,
  ...MALFORMED_SPECS,
  ...MALFORMED_LIFE_CYCLES,
  ...MALFORMED_VOLUMES,
];
