import { readFileSync } from "node:fs";
import type { V1Volume } from "@kubernetes/client-node";
import { parse } from "yaml";
import { TEMPLATE_TEMPLATES } from "../../../functions/contract/keys.ts";
import { prefixed } from "../../support/builders.ts";

/** Annotations that are rejected on a Pod whose volume `data` is an emptyDir, unless `volumes` says otherwise. */
export interface MalformedCase {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes?: readonly V1Volume[];
  /** All messages, in this order. */
  readonly messages: readonly string[];
}

/** A case as malformed.yaml has it. */
interface Written {
  readonly text?: string;
  readonly template?: object;
  readonly metadata?: object;
  readonly spec?: object;
  /** Other annotations, without their prefix; null takes one away. */
  readonly keys?: Readonly<Record<string, string | null>>;
  readonly volumes?: readonly V1Volume[];
  readonly message: string | readonly string[];
}

type Group = "texts" | "templates" | "short" | "reuse" | "pods";

/** What each message of a group begins with. */
const BEGINNINGS: Readonly<Record<Group, string>> = {
  texts: `annotation ${TEMPLATE_TEMPLATES}`,
  templates: `annotation ${TEMPLATE_TEMPLATES}: template "data": `,
  short: "annotation volume-claim-template/",
  reuse: "annotation volume-claim-template/",
  pods: "",
};

/** A spec without errors. */
export const spec = {
  accessModes: ["ReadWriteOnce"],
  resources: { requests: { storage: "1Gi" } },
};

const written = parse(
  readFileSync(new URL("malformed.yaml", import.meta.url), "utf8"),
) as Record<Group, Record<string, Written>>;

/** Too long to be written down. */
const LONG: Readonly<Record<string, Written>> = {
  "lists in lists in lists": {
    text: "[".repeat(5_000),
    message: ": is nested too deeply",
  },
  "a very long text": {
    text: `# ${"x".repeat(40_000)}`,
    message: ": has 40002 characters, but at most 32768 are read",
  },
  "more volumes than any node takes": {
    text: "- {}\n".repeat(129),
    message: ": has 129 templates; a Pod can have 128",
  },
  "a value that would drown the message": {
    text: JSON.stringify([
      {
        metadata: { name: "data" },
        spec: { ...spec, storageClassName: "very ".repeat(51) },
      },
    ]),
    message: `: template "data": spec.storageClassName: "${"very ".repeat(20)}…" is not the name of a storage class`,
  },
};

const LONG_REUSE: Readonly<Record<string, Written>> = {
  "a max-age without an end": {
    keys: { "max-age": `${"9".repeat(400)}d` },
    message: `max-age: "${"9".repeat(100)}…" is not a duration; write it like 36h or 7d`,
  },
};

const LONG_SOURCE: Readonly<Record<string, Written>> = {
  "a source whose name is longer than any": {
    keys: { "data-source": `VolumeSnapshot/${"n".repeat(254)}` },
    message: `data-source: "VolumeSnapshot/${"n".repeat(85)}…" does not end in the name of an object: use lower-case letters, digits, dashes and dots`,
  },
};

export const MALFORMED: readonly MalformedCase[] = [
  ...casesOf("texts", { ...written.texts, ...LONG }),
  ...casesOf("templates", written.templates),
  ...casesOf("short", { ...written.short, ...LONG_SOURCE }),
  ...casesOf("reuse", { ...written.reuse, ...LONG_REUSE }),
  ...casesOf("pods", written.pods),
];

function casesOf(
  group: Group,
  cases: Readonly<Record<string, Written>>,
): MalformedCase[] {
  return Object.entries(cases).map(([name, { volumes, message, ...one }]) => ({
    name,
    annotations: annotationsOf(group, one),
    ...(volumes && { volumes }),
    messages: [message].flat().map((end) => BEGINNINGS[group] + end),
  }));
}

function annotationsOf(
  group: Group,
  { text, template, metadata, keys = {}, ...own }: Omit<Written, "message">,
): Record<string, string> {
  const all: Record<string, string | null> = {
    ...((group === "short" || group === "reuse") && {
      name: "data",
      storage: "1Gi",
    }),
    ...(group === "reuse" && { retention: "Reuse" }),
    ...(text !== undefined && { templates: text }),
    ...(group === "templates" && {
      templates: JSON.stringify([
        {
          metadata: { name: "data", ...metadata },
          spec: { ...spec, ...own.spec },
          ...template,
        },
      ]),
    }),
    ...keys,
  };
  return prefixed(
    Object.fromEntries(
      Object.entries(all).flatMap(([key, value]) =>
        value === null ? [] : [[key, value]],
      ),
    ),
  );
}
