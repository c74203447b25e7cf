import {
  REUSE,
  TEMPLATE_MAX_SETS,
  TEMPLATE_ON_MISS,
  TEMPLATE_RETENTION,
  TEMPLATE_TEMPLATES,
  WAIT,
} from "../contract/keys.ts";
import { annotationError, annotationTextError } from "../field/field-error.ts";
import type { FieldError } from "../field/field-error.ts";
import { fieldsOf } from "../field/value.ts";
import type { Fields } from "../field/value.ts";
import { knownKindOf } from "./kinds.ts";

/**
 * When the Pods of a new template come: beside the old ones, after them, or, for Jobs, in the next run. Undefined for a kind whose
 * rollout render does not know.
 */
export type Succession = "after" | "beside" | "next-run" | undefined;

/** The succession of the Pods of `object`. It does not depend on their number: a Deployment may be scaled up later. */
export function successionOf(object: Fields): Succession {
  const known = knownKindOf(object);
  if (known?.surge === undefined) return undefined;
  if (known.counts === "job") return "next-run";
  return known.surge === "max-surge" &&
    surges(fieldsOf(fieldsOf(object["spec"])["strategy"]))
    ? "beside"
    : "after";
}

/** True when a rollout has a surge. The default is 25%. */
function surges({ rollingUpdate, type }: Fields): boolean {
  const { maxSurge } = fieldsOf(rollingUpdate);
  return (
    type !== "Recreate" &&
    maxSurge !== 0 &&
    !(typeof maxSurge === "string" && /^0+%$/.test(maxSurge))
  );
}

/** The early-feedback policy has the same message. */
export const SURGES =
  "contradicts spec.strategy: a rollout starts one more Pod, on an empty disk beside the full ones; set spec.strategy.type: Recreate or spec.strategy.rollingUpdate.maxSurge: 0";

type Annotations = Readonly<Record<string, string>>;

/** Warns of Pods that wait for the claims of their predecessors, and come before those are gone. */
export function waitMeetsSurge(
  ofPod: Fields,
  ofClaims: readonly Annotations[],
  succession: Succession,
): FieldError[] {
  const isMeant =
    succession === "beside" &&
    ofClaims.some(
      (claim) =>
        claim[TEMPLATE_RETENTION] === REUSE &&
        claim[TEMPLATE_ON_MISS] === WAIT &&
        claim[TEMPLATE_MAX_SETS] === undefined,
    );
  if (!isMeant) return [];
  return [
    ofPod[TEMPLATE_ON_MISS] === undefined
      ? annotationTextError(
          TEMPLATE_TEMPLATES,
          `${TEMPLATE_ON_MISS}: ${WAIT} ${SURGES}`,
        )
      : annotationError(TEMPLATE_ON_MISS, SURGES, WAIT),
  ];
}
