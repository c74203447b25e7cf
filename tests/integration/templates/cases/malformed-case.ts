import type { V1Volume } from "@kubernetes/client-node";
import {
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../../functions/contract/keys.ts";

/** Annotations that are refused on a Pod whose volume `data` is an emptyDir, unless `volumes` says otherwise. */
export interface MalformedCase {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes?: readonly V1Volume[];
  /** Everything that is said, in this order. */
  readonly says: readonly string[];
}

export const MODES = "accessModes: [ReadWriteOnce]";
export const SIZE = "resources: {requests: {storage: 1Gi}}";
export const GOOD_SPEC = `${MODES}, ${SIZE}`;
export const BAD_VALUE =
  "is not a label value: use at most 63 letters, digits, dashes, underscores and dots";

/** One template with exactly this spec. */
export function spec(fields: string): string {
  return `- {metadata: {name: data}, spec: {${fields}}}`;
}

/** One template that is sound but for these fields of its spec. */
export function plusSpec(fields: string): string {
  return spec(`${GOOD_SPEC}, ${fields}`);
}

/** One template that is sound but for these fields of its metadata. */
export function plusMetadata(fields: string): string {
  return `- {metadata: {name: data, ${fields}}, spec: {${GOOD_SPEC}}}`;
}

/** A text of the full form about which this is said. */
export function full(
  name: string,
  text: string,
  says: string | readonly string[],
  more: Readonly<Record<string, string>> = {},
): MalformedCase {
  return {
    name,
    annotations: { [TEMPLATE_TEMPLATES]: text, ...keys(more) },
    says: [says]
      .flat()
      .map((each) => `annotation ${TEMPLATE_TEMPLATES}${each}`),
  };
}

/** The same about its one template. */
export function one(
  name: string,
  text: string,
  says: string | readonly string[],
  more: Readonly<Record<string, string>> = {},
): MalformedCase {
  return full(
    name,
    text,
    [says].flat().map((each) => `: template "data": ${each}`),
    more,
  );
}

/** Life-cycle keys beside a sound short form. */
export function life(
  name: string,
  more: Readonly<Record<string, string>>,
  says: string,
): MalformedCase {
  return {
    name,
    annotations: {
      [TEMPLATE_NAME]: "data",
      [TEMPLATE_STORAGE]: "1Gi",
      ...keys(more),
    },
    says: [`annotation ${TEMPLATE_PREFIX}${says}`],
  };
}

function keys(short: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(short).map(([key, value]) => [TEMPLATE_PREFIX + key, value]),
  );
}
