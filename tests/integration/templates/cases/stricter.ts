import { readFileSync } from "node:fs";
import type { V1PodSpec } from "@kubernetes/client-node";
import { parse } from "yaml";
import { template } from "../../../functions/template/every-field.ts";

/** A case of stricter.yaml, or one that is too long to be written down. */
export interface StricterCase {
  readonly templates?: readonly object[];
  readonly spec?: Record<string, unknown>;
  readonly podSpec?: Partial<V1PodSpec>;
  readonly message: string;
}

/** A StatefulSet with these is accepted and its claims are not, so its Pods wait for ever. */
export const MAKES_NO_CLAIM = /label (key|value) with|annotation key with/;
/** kubectl asks the API server to reject these. */
export const IS_LENIENT = /field/;
/** The claim of a StatefulSet with these starts from nothing. */
export const LOSES_SOURCE = /source (that would be|in another)/;

const written = parse(
  readFileSync(new URL("stricter.yaml", import.meta.url), "utf8"),
) as Record<string, (string | StricterCase)[]>;

const [[first, cases] = ["", []], ...others] = Object.entries(written);
const notes = { "example.com/notes": "x".repeat(33_000) };

/** What docs/annotations.md lists, in its words and order. */
export const STRICTER: Readonly<
  Record<string, readonly (string | StricterCase)[]>
> = {
  [first]: [
    ...cases,
    {
      templates: Array.from({ length: 129 }, (_, index) =>
        template(index === 0 ? "data" : `data-${index}`),
      ),
      message: "has 129 templates; a Pod can have 128",
    },
  ],
  "more than 32 KiB of text": [
    {
      templates: [
        { ...template("data"), metadata: { name: "data", annotations: notes } },
      ],
      message: "at most 32768 are read",
    },
  ],
  ...Object.fromEntries(others),
};

/** Mounts the volume `data`. */
export const container = {
  name: "app",
  image: "app:1",
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};
