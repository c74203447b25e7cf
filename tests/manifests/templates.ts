import { readFileSync } from "node:fs";
import type { V1PodTemplateSpec, V1Volume } from "@kubernetes/client-node";
import { parse } from "yaml";
import { cacheAnnotations, prefixed } from "../support/builders.ts";
import { aTemplate } from "./workloads.ts";

/** A correct annotation `templates` for volume `cache`. */
export const FULL_FORM =
  "[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]";

/** By their keys, or like `retention=Retain idle-ttl=7d`. */
type Annotations = string | Readonly<Record<string, string>>;

/** A Pod template of templates.yaml, which explains the fields. */
interface Written {
  readonly with?: Annotations;
  readonly only?: Annotations;
  readonly claim?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly volumes?: V1Volume[];
  readonly mounts?: readonly string[];
  readonly initMounts?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

type Values = Readonly<Record<string, readonly string[]>>;
type Templates = Readonly<Record<string, V1PodTemplateSpec>>;

const file = parse(
  readFileSync(new URL("templates.yaml", import.meta.url), "utf8"),
  { merge: true },
) as Record<`${"wrong" | "correct"} values`, Record<string, string>> &
  Record<
    `${"wrong" | "correct"} templates` | `unchecked, ${"wrong" | "correct"}`,
    Record<string, Written>
  >;

/** One of each kind of character that is invisible, that a terminal obeys, or both. */
const INVISIBLE = [
  ..."\u00a0\u00ad\u200b\u200d\u202e\u2066\u2028\u202f\ufeff\u034f\u3164\u2800\ufe0f\u{e0041}\ue000\u0007\u000b\u007f\u009b",
  "\u001b[2J",
  "\t\f",
];

/** Texts that a program should have replaced. */
const NOT_FILLED_IN = ["{{ .Values.size }}", "${SIZE}", "$(SIZE)", "<size>"];

/** Too long to be written down, or the same for several keys. */
const MORE: Values = {
  name: ["v".repeat(64), ...NOT_FILLED_IN],
  storage: [
    ...NOT_FILLED_IN,
    "🚀".repeat(100),
    "🚀".repeat(101),
    `${"9".repeat(5_000)}x`,
    ...INVISIBLE.map((text) => `10Gi${text}`),
  ],
  "storage-class": ["c".repeat(254)],
  "data-source": [
    `VolumeSnapshot/${"n".repeat(254)}`,
    `${"Backup".repeat(20)}/nightly`,
    `VolumeSnapshot?app=${"o".repeat(64)}`,
  ],
  pool: ["p".repeat(64)],
  "access-modes": NOT_FILLED_IN,
  retention: NOT_FILLED_IN,
  "idle-ttl": NOT_FILLED_IN,
  "finished-pods": NOT_FILLED_IN,
  "on-miss": NOT_FILLED_IN,
};

/** Values by the key of their annotation, without its prefix; the function rejects each. */
export const WRONG_VALUES: Values = valuesOf("wrong values", MORE);

/** The function accepts each. */
export const CORRECT_VALUES: Values = valuesOf("correct values", {
  "data-source": [`PersistentVolumeClaim/${"c".repeat(253)}`],
});

/** Pod templates by what they have; the function rejects each. */
export const WRONG_TEMPLATES = templatesOf("wrong templates");

/** The function creates claims for each, or has nothing to do. */
export const CORRECT_TEMPLATES: Templates = {
  ...templatesOf("correct templates"),
  "a claim of ours with a long volume name": withClaim(
    "v".repeat(63),
    "v".repeat(24),
  ),
  "a claim of ours with a volume name that is cut off at a dash": withClaim(
    `${"v".repeat(23)}-x`,
    "v".repeat(23),
  ),
};

export const UNCHECKED = {
  wrong: templatesOf("unchecked, wrong"),
  correct: templatesOf("unchecked, correct"),
};

function valuesOf(
  group: "wrong values" | "correct values",
  more: Values,
): Values {
  return Object.fromEntries(
    Object.entries(file[group]).map(([key, values]) => [
      key,
      [...values.split("|"), ...(more[key] ?? [])],
    ]),
  );
}

function templatesOf(
  group: "wrong templates" | "correct templates" | `unchecked, ${string}`,
): Templates {
  return Object.fromEntries(
    Object.entries(file[group as "wrong templates"]).map(([title, one]) => [
      title,
      templateOf(one),
    ]),
  );
}

function templateOf(one: Written): V1PodTemplateSpec {
  const claim = one.claim && { claimName: one.claim };
  const volumes = claim && [{ name: "cache", persistentVolumeClaim: claim }];
  const template = aTemplate(
    {
      ...(one.only === undefined && cacheAnnotations),
      ...prefixed({ ...byKey(one.only), ...byKey(one.with) }),
      ...one.annotations,
    },
    { ...one, ...(volumes && { volumes }) },
  );
  if (!one.initMounts) return template;
  const [app = { name: "app" }] =
    aTemplate({}, { mounts: one.initMounts }).spec?.containers ?? [];
  const { containers = [], ...spec } = template.spec ?? {};
  const initContainers = [{ ...app, name: "warm-up" }];
  return { ...template, spec: { ...spec, containers, initContainers } };
}

function byKey(annotations: Annotations = {}): Record<string, string> {
  return typeof annotations === "string"
    ? Object.fromEntries(annotations.split(" ").map((one) => one.split("=")))
    : { ...annotations };
}

/** A template whose volume has the claim that the function would give it, with this part of its name for the volume. */
function withClaim(volume: string, part: string): V1PodTemplateSpec {
  const claimName = `${"w".repeat(27)}-${part}-k4vtq2xw8n`;
  return aTemplate(
    { ...cacheAnnotations, "volume-claim-template/name": volume },
    {
      volumes: [{ name: volume, persistentVolumeClaim: { claimName } }],
      mounts: [volume],
    },
  );
}
