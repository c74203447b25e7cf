import type { V1PodTemplateSpec, V1Volume } from "@kubernetes/client-node";
import { cacheAnnotations } from "../support/builders.ts";
import { aTemplate, onlyAnnotations, withAnnotations } from "./workloads.ts";

/** A correct annotation `templates` for volume `cache`. */
export const FULL_FORM =
  "[{metadata: {name: cache}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}]";

/** Values by the key of their annotation, without its prefix. */
type Values = Readonly<Record<string, readonly string[]>>;

/** Pod templates by what they have. */
export type Templates = Readonly<Record<string, V1PodTemplateSpec>>;

/** One of each kind of character that is invisible, that a terminal obeys, or both. */
const INVISIBLE = [
  ..."\u00a0\u00ad\u200b\u200d\u202e\u2066\u2028\u202f\ufeff\u034f\u3164\u2800\ufe0f\u{e0041}\ue000\u0007\u000b\u007f\u009b",
  "\u001b[2J",
  "\t\f",
];

/** Texts that a program should have replaced. */
const NOT_FILLED_IN = ["{{ .Values.size }}", "${SIZE}", "$(SIZE)", "<size>"];

/** The function rejects each of them. */
export const WRONG_VALUES: Values = {
  name: ["Cache", "", "v".repeat(64), "ca\u200bche", ...NOT_FILLED_IN],
  storage: [
    "10GB",
    "ten",
    "",
    "0",
    "0Gi",
    "-1Gi",
    'a "b" \\c',
    "1Gi\n",
    "10 Gibibyte für 日本",
    "zehn Gibibyte e\u0301 ١٠ 十 € 🚀",
    "🚀".repeat(100),
    "🚀".repeat(101),
    `${"9".repeat(5_000)}x`,
    ...INVISIBLE.map((text) => `10Gi${text}`),
    ...NOT_FILLED_IN,
  ],
  "storage-class": ["my class", "c".repeat(254), "\u2066fast\u2069", "x<size>"],
  "access-modes": [
    "ReadWriteSometimes",
    "RWO, RWX",
    "",
    "ReadWriteOnce,ReadWriteOnce",
    "ReadWriteOncePod,ReadWriteOnce",
    "Read\u00adWriteOnce,ReadWriteOnce\ufeff",
    ...NOT_FILLED_IN,
  ],
  "data-source": [
    "",
    "nightly",
    "VolumeSnapshot",
    "VolumeSnapshot/",
    "VolumeSnapshot/Nightly",
    `VolumeSnapshot/${"n".repeat(254)}`,
    "VolumeSnapshot/production/nightly",
    "volumesnapshot/nightly",
    `${"Backup".repeat(20)}/nightly`,
    "snapshot.storage.k8s.io/VolumeSnapshot/nightly",
    "VolumeSnapshot.snapshot.storage.k8s.io?app=orders",
    "PersistentVolumeClaim?app=orders",
    "VolumeSnapshot?",
    "VolumeSnapshot? ",
    "VolumeSnapshot?app=orders,",
    "VolumeSnapshot?app in orders",
    "VolumeSnapshot?app==orders=blue",
    `VolumeSnapshot?app=${"o".repeat(64)}`,
    "Volume\u200dSnapshot/nightly",
    ...NOT_FILLED_IN.map((text) => `VolumeSnapshot/${text}`),
  ],
  retention: ["reuse", "delete", "Delete\u200b", ...NOT_FILLED_IN],
  "idle-ttl": ["7", "0h", "7d", "\u202e7d", ...NOT_FILLED_IN],
  "finished-pods": ["release", "Keep\u00a0", ...NOT_FILLED_IN],
  // Without retention Reuse a correct value is wrong as well.
  "on-miss": ["Wait", "wait", "", ...NOT_FILLED_IN],
  pool: ["builds", "Builds", "", "-a", "p".repeat(64), "a\u200bb", "<pool>"],
  "reuse-key": ["", "any text\u200b", "{{ .x }}"],
  "max-idle": ["0", "-1", "1.5", "", "1000000000", "٣", "3\u00a0", "<n>"],
  "max-sets": ["3", "0", "000", "three", "$(N)"],
  "max-uses": ["3", "0", "1e3", "0x10"],
  "max-age": ["30d", "0", "0h", "30", "P30D", "${AGE}"],
  size: ["1Gi", "a\u200bb"],
};

/** The function accepts each of them. */
export const CORRECT_VALUES: Values = {
  storage: [
    "1",
    "1.5Gi",
    ".5Ti",
    "1e9",
    "1E9",
    "+1Gi",
    "100M",
    "1n",
    "9223372036854775807",
  ],
  "storage-class": ["", "fast.example.com"],
  "access-modes": [
    "ReadWriteOncePod",
    "ReadWriteOnce, ReadOnlyMany ,ReadWriteMany",
  ],
  "data-source": [
    "VolumeSnapshot/nightly-2026.01",
    `PersistentVolumeClaim/${"c".repeat(253)}`,
    "VolumeSnapshot?app",
    "VolumeSnapshot?example.com/app=orders, tier in ( nightly , weekly ),!draft,size>5",
    "VolumeSnapshot?app notin (), tier=,in!=in",
  ],
  retention: ["Delete", "Retain", "Reuse"],
};

/** Each key that means something only with retention Reuse, without their prefix. */
const EVERY_KEY = {
  "on-miss": "Create",
  pool: "builds",
  "reuse-key": "v1",
  "max-idle": "2",
  "max-sets": "999999999",
  "max-uses": "1",
  "max-age": "1d12h",
};

/** Without max-sets a Deployment would be rejected for its strategy as well. */
const BOUNDED = { "on-miss": "Wait", "max-sets": "3" };

/** The function rejects each of them. */
export const WRONG_TEMPLATES: Templates = {
  "a source beside the full form": onlyAnnotations({
    "data-source": "VolumeSnapshot/nightly",
    templates: FULL_FORM,
  }),
  "both forms": onlyAnnotations({ storage: "1Gi", templates: FULL_FORM }),
  "a wrong life cycle beside the full form": onlyAnnotations({
    retention: "Keep",
    templates: FULL_FORM,
  }),
  "an idle-ttl without a unit": withAnnotations({
    retention: "Retain",
    "idle-ttl": "7",
  }),
  "an idle-ttl of a claim that goes with its Pod": withAnnotations({
    retention: "Delete",
    "idle-ttl": "36h",
  }),
  ...withReuse({
    "a number of uses": { ...BOUNDED, "max-uses": "3" },
    "a number of idle sets": { ...BOUNDED, "max-idle": "0" },
    "an age": { ...BOUNDED, "max-age": "30d" },
    "a wrong age beside Wait": { ...BOUNDED, "max-age": "30" },
    "an unknown on-miss and an age": { "on-miss": "wait", "max-age": "30d" },
    "everything wrong": {
      "on-miss": "wait",
      pool: "A",
      "max-idle": "x",
      "max-sets": "0",
      "max-uses": "0",
      "max-age": "0",
      "idle-ttl": "0",
    },
  }),
  "every key of Reuse with Retain": withAnnotations({
    ...EVERY_KEY,
    retention: "Retain",
  }),
  "wrong keys of Reuse beside the full form": onlyAnnotations({
    "max-sets": "0",
    pool: "A",
    templates: FULL_FORM,
  }),
  "a missing size": onlyAnnotations({ name: "cache" }),
  "a missing name": onlyAnnotations({ storage: "1Gi" }),
  "a missing name and size": onlyAnnotations({ retention: "Delete" }),
  "everything at once": onlyAnnotations({
    name: "C",
    storage: "0\u00a0",
    "storage-class": "-",
    "access-modes": "RWO",
    "data-source": "Backup/x",
    retention: "Keep",
    "idle-ttl": "<ttl>",
    "finished-pods": "Keep\u00a0",
    x: "y",
  }),
  "a hostPath": withVolumes({ name: "cache", hostPath: { path: "/data" } }),
  "the claim of a user, in the second place": withVolumes(
    { name: "other", emptyDir: {} },
    { name: "cache", persistentVolumeClaim: { claimName: "mine" } },
  ),
  ...withClaims(
    "cache-web-0",
    "cache-k4vtq2xw8n",
    "web-cache-k4vtq2xw8a",
    "web-data-k4vtq2xw8n",
    "web-cache-k4vtq2xw8n-2",
    `${"w".repeat(47)}-cache-k4vtq2xw8n`,
  ),
  "a tmpfs": withVolumes({ name: "cache", emptyDir: { medium: "Memory" } }),
  "a volume that is nowhere": withAnnotations({ name: "cahce" }),
  "a wrong size for a volume that is nowhere": withAnnotations({
    name: "cahce",
    storage: "10GB",
  }),
  "no size for a hostPath": {
    ...onlyAnnotations({ name: "cache", retention: "Keep" }),
    spec: {
      containers: [{ name: "app", image: "app:1" }],
      volumes: [{ name: "cache", hostPath: { path: "/data" } }],
    },
  },
};

/** The function creates claims for each, or has nothing to do. */
export const CORRECT_TEMPLATES: Templates = {
  "the two annotations": aTemplate(),
  "no annotation of ours": aTemplate({ "example.com/team": "search" }),
  "no annotations at all": aTemplate({}),
  "a life cycle": withAnnotations({
    retention: "Retain",
    "idle-ttl": "1d12h",
    "finished-pods": "Release",
  }),
  ...withReuse({
    "nothing else": {},
    "every key": EVERY_KEY,
    "no idle set": { "max-idle": "0" },
    "a long pool name": { pool: "p".repeat(63) },
    "any reuse-key": { "reuse-key": "v1 \u00e9 \u200b" },
    "Wait and a bound": { ...BOUNDED, "idle-ttl": "90d" },
  }),
  "every key of Reuse beside the full form": onlyAnnotations({
    ...EVERY_KEY,
    retention: "Reuse",
    templates: FULL_FORM,
  }),
  "the full form": onlyAnnotations({
    retention: "Retain",
    "idle-ttl": "7d",
    templates: FULL_FORM,
  }),
  "an emptyDir with a limit": withVolumes({
    name: "cache",
    emptyDir: { sizeLimit: "1Gi" },
  }),
  "a volume without a source": withVolumes({ name: "cache" }),
  ...withClaims("web-cache-k4vtq2xw8n"),
  "a claim of ours with a long volume name": withClaim(
    `${"w".repeat(27)}-${"v".repeat(24)}-k4vtq2xw8n`,
    "v".repeat(63),
  ),
  "a claim of ours with a volume name that is cut off at a dash": withClaim(
    `${"w".repeat(27)}-${"v".repeat(23)}-k4vtq2xw8n`,
    `${"v".repeat(23)}-x`,
  ),
  "a copy of a Pod with its claim and labels": withClaim(
    "web-cache-x",
    "cache",
    { "volume-claim/cache": "web-cache-x" },
  ),
};

/**
 * Kubernetes itself rejects these in its own kinds, and so does Knative. Here there are only the CRDs of Knative, so its kind shows
 * what the policy says about them.
 */
export const UNCHECKED: {
  readonly wrong: Templates;
  readonly correct: Templates;
} = {
  wrong: {
    "an emptyDir that is a ConfigMap as well": withVolumes({
      name: "cache",
      emptyDir: {},
      configMap: { name: "a" },
    }),
  },
  correct: {
    "a volume that is only mounted": withVolumes(),
    "a volume that only an init container mounts": {
      ...aTemplate(),
      spec: {
        containers: [{ name: "app", image: "app:1" }],
        initContainers: [
          {
            name: "warm-up",
            image: "app:1",
            volumeMounts: [{ name: "cache", mountPath: "/cache" }],
          },
        ],
      },
    },
  },
};

/** Templates with retention Reuse and these annotations, by a title that says what they have. */
function withReuse(
  all: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Templates {
  return Object.fromEntries(
    Object.entries(all).map(([title, annotations]) => [
      `Reuse with ${title}`,
      withAnnotations({ retention: "Reuse", ...annotations }),
    ]),
  );
}

/** A template whose volumes are these. */
function withVolumes(...volumes: V1Volume[]): V1PodTemplateSpec {
  return aTemplate(cacheAnnotations, { volumes });
}

/** A template whose volume has this claim. */
function withClaim(
  claimName: string,
  volume = "cache",
  labels: Record<string, string> = {},
): V1PodTemplateSpec {
  return aTemplate(
    { ...cacheAnnotations, "volume-claim-template/name": volume },
    {
      volumes: [{ name: volume, persistentVolumeClaim: { claimName } }],
      mounts: [volume],
      labels,
    },
  );
}

function withClaims(...names: string[]): Templates {
  return Object.fromEntries(
    names.map((name) => [`the claim ${name}`, withClaim(name)]),
  );
}
