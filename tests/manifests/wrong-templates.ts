import { cacheAnnotations } from "../support/builders.ts";
import { FULL_FORM } from "./template-case.ts";
import type { TemplateCase } from "./template-case.ts";
import { aTemplate, onlyAnnotations, withAnnotations } from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

/** One of each kind of character that nobody sees, a terminal obeys, or both. */
const UNSEEN: readonly { readonly name: string; readonly text: string }[] = [
  { name: "a no-break space", text: "\u00a0" },
  { name: "a soft hyphen", text: "\u00ad" },
  { name: "a zero width space", text: "\u200b" },
  { name: "a zero width joiner", text: "\u200d" },
  { name: "a right-to-left override", text: "\u202e" },
  { name: "a bidirectional isolate", text: "\u2066" },
  { name: "a line separator", text: "\u2028" },
  { name: "a narrow no-break space", text: "\u202f" },
  { name: "a byte order mark", text: "\ufeff" },
  { name: "a combining grapheme joiner", text: "\u034f" },
  { name: "a Hangul filler", text: "\u3164" },
  { name: "a Braille blank", text: "\u2800" },
  { name: "a variation selector", text: "\ufe0f" },
  { name: "a tag", text: "\u{e0041}" },
  { name: "a character for private use", text: "\ue000" },
  { name: "a bell", text: "\u0007" },
  { name: "a vertical tab", text: "\u000b" },
  { name: "an escape", text: "\u001b[2J" },
  { name: "a deletion", text: "\u007f" },
  { name: "a control of eight bits", text: "\u009b" },
  { name: "a tab and a form feed", text: "\t\f" },
];

/**
 * In templates of its own kinds Kubernetes finds these itself, and so does Knative: here, where of Knative there are only the CRDs,
 * its kind shows what the policy says. A volume that is declared twice is refused by the schema of every kind.
 */
const UNCHECKED_KINDS: readonly WorkloadKind[] = ["Knative Service"];

/** On all kinds of workloads unless it says on which. */
interface WrongTemplate extends TemplateCase {
  readonly kinds?: readonly WorkloadKind[];
}

/** Each has something that the function refuses. */
export const WRONG_TEMPLATES: readonly WrongTemplate[] = [
  {
    name: "a size without a unit of Kubernetes",
    template: withAnnotations({ storage: "10GB" }),
  },
  { name: "a size in words", template: withAnnotations({ storage: "ten" }) },
  { name: "an empty size", template: withAnnotations({ storage: "" }) },
  { name: "a zero size", template: withAnnotations({ storage: "0" }) },
  {
    name: "a zero size with a unit",
    template: withAnnotations({ storage: "0Gi" }),
  },
  { name: "a negative size", template: withAnnotations({ storage: "-1Gi" }) },
  {
    name: "an upper-case volume",
    template: withAnnotations({ name: "Cache" }),
  },
  { name: "an empty volume", template: withAnnotations({ name: "" }) },
  {
    name: "a volume of 64 characters",
    template: withAnnotations({ name: "v".repeat(64) }),
  },
  {
    name: "a class with blanks",
    template: withAnnotations({ "storage-class": "my class" }),
  },
  {
    name: "a class of 254 characters",
    template: withAnnotations({ "storage-class": "c".repeat(254) }),
  },
  {
    name: "an unknown mode",
    template: withAnnotations({ "access-modes": "ReadWriteSometimes" }),
  },
  {
    name: "two unknown modes",
    template: withAnnotations({ "access-modes": "RWO, RWX" }),
  },
  { name: "no mode", template: withAnnotations({ "access-modes": "" }) },
  {
    name: "a mode twice",
    template: withAnnotations({
      "access-modes": "ReadWriteOnce,ReadWriteOnce",
    }),
  },
  {
    name: "ReadWriteOncePod and another",
    template: withAnnotations({
      "access-modes": "ReadWriteOncePod,ReadWriteOnce",
    }),
  },
  ...[
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
  ].map((source) => ({
    name: `the source ${JSON.stringify(source.slice(0, 60))}`,
    template: withAnnotations({ "data-source": source }),
  })),
  {
    name: "a source beside the full form",
    template: onlyAnnotations({
      "data-source": "VolumeSnapshot/nightly",
      templates: FULL_FORM,
    }),
  },
  {
    name: "a retention to come",
    template: withAnnotations({ retention: "Reuse" }),
  },
  {
    name: "a retention in lower case",
    template: withAnnotations({ retention: "delete" }),
  },
  {
    name: "an idle-ttl without a unit",
    template: withAnnotations({ retention: "Retain", "idle-ttl": "7" }),
  },
  {
    name: "an idle-ttl of nothing",
    template: withAnnotations({ retention: "Retain", "idle-ttl": "0h" }),
  },
  {
    name: "an idle-ttl with nothing retained",
    template: withAnnotations({ "idle-ttl": "7d" }),
  },
  {
    name: "an idle-ttl of what goes with its Pod",
    template: withAnnotations({ retention: "Delete", "idle-ttl": "36h" }),
  },
  {
    name: "finished Pods to be released in lower case",
    template: withAnnotations({ "finished-pods": "release" }),
  },
  {
    name: "both forms",
    template: onlyAnnotations({
      storage: "1Gi",
      templates: FULL_FORM,
    }),
  },
  {
    name: "a wrong life cycle beside the full form",
    template: onlyAnnotations({
      retention: "Keep",
      templates: FULL_FORM,
    }),
  },
  { name: "an unknown key", template: withAnnotations({ size: "1Gi" }) },
  {
    name: "quotes and backslashes",
    template: withAnnotations({ storage: 'a "b" \\c' }),
  },
  { name: "a line break", template: withAnnotations({ storage: "1Gi\n" }) },
  {
    name: "letters of another script",
    template: withAnnotations({ storage: "10 Gibibyte für 日本" }),
  },
  ...UNSEEN.map(({ name, text }) => ({
    name: `${name} after a size`,
    template: withAnnotations({ storage: `10Gi${text}` }),
  })),
  {
    name: "characters that nobody sees in every value",
    template: withAnnotations({
      name: "ca\u200bche",
      storage: "10Gi\u00a0",
      "storage-class": "\u2066fast\u2069",
      "access-modes": "Read\u00adWriteOnce,ReadWriteOnce\ufeff",
      "data-source": "Volume\u200dSnapshot/nightly",
      retention: "Delete\u200b",
      "idle-ttl": "\u202e7d",
      "finished-pods": "Keep\u00a0",
      size: "a\u200bb",
    }),
  },
  {
    name: "letters, marks and symbols that have a shape",
    template: withAnnotations({ storage: "zehn Gibibyte e\u0301 ١٠ 十 € 🚀" }),
  },
  {
    name: "101 characters of two UTF-16 units",
    template: withAnnotations({ storage: "🚀".repeat(101) }),
  },
  {
    name: "100 characters of two UTF-16 units",
    template: withAnnotations({ storage: "🚀".repeat(100) }),
  },
  ...["{{ .Values.size }}", "${SIZE}", "$(SIZE)", "<size>"].flatMap((text) => [
    {
      name: `a size that nobody filled in, ${text}`,
      template: withAnnotations({ storage: text }),
    },
    {
      name: `values that nobody filled in, ${text}`,
      template: withAnnotations({
        name: text,
        "storage-class": `x${text}`,
        "access-modes": text,
        "data-source": `VolumeSnapshot/${text}`,
        retention: text,
        "idle-ttl": text,
        "finished-pods": text,
      }),
    },
  ]),
  {
    name: "a value of 5000 characters",
    template: withAnnotations({ storage: `${"9".repeat(5000)}x` }),
  },
  { name: "a missing size", template: onlyAnnotations({ name: "cache" }) },
  { name: "a missing name", template: onlyAnnotations({ storage: "1Gi" }) },
  { name: "both missing", template: onlyAnnotations({ retention: "Delete" }) },
  {
    name: "everything at once",
    template: onlyAnnotations({
      name: "C",
      storage: "0",
      "storage-class": "-",
      "access-modes": "RWO",
      "data-source": "Backup/x",
      retention: "Keep",
      x: "y",
    }),
  },
  {
    name: "a hostPath",
    template: aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", hostPath: { path: "/data" } }],
    }),
  },
  {
    name: "somebody's claim, in the second place",
    template: aTemplate(cacheAnnotations, {
      volumes: [
        { name: "other", emptyDir: {} },
        { name: "cache", persistentVolumeClaim: { claimName: "mine" } },
      ],
    }),
  },
  ...[
    "cache-web-0",
    "cache-k4vtq2xw8n",
    "web-cache-k4vtq2xw8a",
    "web-data-k4vtq2xw8n",
    "web-cache-k4vtq2xw8n-2",
    `${"w".repeat(47)}-cache-k4vtq2xw8n`,
  ].map((claimName) => ({
    name: `somebody's claim ${claimName}`,
    template: aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", persistentVolumeClaim: { claimName } }],
    }),
  })),
  {
    name: "a tmpfs",
    template: aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", emptyDir: { medium: "Memory" } }],
    }),
  },
  {
    name: "an emptyDir that is a ConfigMap as well",
    kinds: UNCHECKED_KINDS,
    template: aTemplate(cacheAnnotations, {
      volumes: [
        { name: "cache", emptyDir: {}, configMap: { name: "settings" } },
      ],
    }),
  },
  {
    name: "a volume that is nowhere",
    template: withAnnotations({ name: "cahce" }),
  },
  {
    name: "a wrong size for a volume that is nowhere",
    template: withAnnotations({ name: "cahce", storage: "10GB" }),
  },
  {
    name: "no size for a hostPath",
    template: {
      ...onlyAnnotations({ name: "cache", retention: "Keep" }),
      spec: {
        containers: [{ name: "app", image: "app:1" }],
        volumes: [{ name: "cache", hostPath: { path: "/data" } }],
      },
    },
  },
];
