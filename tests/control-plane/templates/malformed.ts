import type { V1Volume } from "@kubernetes/client-node";
import {
  TEMPLATE_NAME,
  TEMPLATE_PREFIX,
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../functions/well-known.ts";

/** Annotations that are refused on a Pod whose volume `data` is an emptyDir, unless `volumes` says otherwise. */
export interface MalformedCase {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly volumes?: readonly V1Volume[];
  /** Everything that is said, in this order. */
  readonly says: readonly string[];
}

const MODES = "accessModes: [ReadWriteOnce]";
const SIZE = "resources: {requests: {storage: 1Gi}}";
const GOOD_SPEC = `${MODES}, ${SIZE}`;
const FIELDS =
  "accessModes, dataSource, dataSourceRef, resources, selector, storageClassName, volumeAttributesClassName, volumeMode, volumeName";
const LIFE_CYCLE_KEYS =
  "volume-claim-template/retention, volume-claim-template/idle-ttl, volume-claim-template/finished-pods";
const BAD_KEY =
  "stands under a key that Kubernetes does not allow: use at most 63 letters, digits, dashes, underscores and dots, after a DNS name and a slash or alone";
const BAD_VALUE =
  "is not a label value: use at most 63 letters, digits, dashes, underscores and dots";

/** One template with exactly this spec. */
function spec(fields: string): string {
  return `- {metadata: {name: data}, spec: {${fields}}}`;
}

/** One template that is sound but for these fields of its spec. */
function plusSpec(fields: string): string {
  return spec(`${GOOD_SPEC}, ${fields}`);
}

/** One template that is sound but for these fields of its metadata. */
function plusMetadata(fields: string): string {
  return `- {metadata: {name: data, ${fields}}, spec: {${GOOD_SPEC}}}`;
}

/** A text of the full form about which this is said. */
function full(
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
function one(
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
function life(
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

/** Each is refused in the function, and end to end. */
export const MALFORMED: readonly MalformedCase[] = [
  // What is no array of templates.
  full(
    "nothing at all",
    "",
    " is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
  ),
  full(
    "a comment only",
    "# to be written\n",
    " is empty: it gives an array of templates as in a StatefulSet's volumeClaimTemplates",
  ),
  full("an empty array", "[]", ": has no template in it"),
  full(
    "one template without its dash",
    `metadata: {name: data}\nspec: {${GOOD_SPEC}}`,
    ": must be an array of templates as in a StatefulSet's volumeClaimTemplates, each beginning with a dash",
  ),
  full(
    "the line above the array, too",
    `volumeClaimTemplates:\n${spec(GOOD_SPEC)}`,
    ": must be the array alone; leave out the line volumeClaimTemplates:",
  ),
  full(
    "two documents",
    `${spec(GOOD_SPEC)}\n---\n${spec(GOOD_SPEC)}`,
    ": has several YAML documents; put all templates into one array",
  ),
  full(
    "a field twice",
    `- metadata: {name: data}\n  metadata: {name: data}\n  spec: {${GOOD_SPEC}}`,
    ": is not YAML: line 2, column 3: Map keys must be unique",
  ),
  full(
    "a tab for indentation",
    "- metadata:\n\tname: data",
    ": is not YAML: line 2, column 1: Tabs are not allowed as indentation",
  ),
  full(
    "a brace that is never closed",
    "- {metadata: {name: data}",
    ": is not YAML: line 1, column 26: Flow map in block collection must be sufficiently indented and end with a }",
  ),
  full(
    "an alias without its anchor",
    "- *data",
    ": cannot be read: Unresolved alias (the anchor must be set before the alias): data",
  ),
  full(
    "aliases that multiply",
    `- &a [x, x, x, x, x, x, x, x, x]\n- &b [${"*a, ".repeat(9)}]\n- &c [${"*b, ".repeat(9)}]\n- [${"*c, ".repeat(9)}]`,
    ": cannot be read: Excessive alias count indicates a resource exhaustion attack",
  ),
  full(
    "a list that contains itself",
    "- &a [*a]",
    ": is nested too deeply for templates",
  ),
  full(
    "lists in lists in lists",
    "[".repeat(5_000),
    ": is nested too deeply for templates",
  ),
  full(
    "a tag",
    "- !template {}",
    ": is not YAML: line 1, column 3: Unresolved tag: !template",
  ),
  full(
    "a list for a key",
    "- ? [metadata]\n  : {name: data}",
    ": is not YAML: line 1, column 5: With stringKeys, all keys must be strings",
  ),
  full(
    "a very long text",
    `# ${"x".repeat(40_000)}`,
    ": has 40002 characters, but at most 32768 are read",
  ),
  full(
    "more volumes than any node takes",
    "- {}\n".repeat(129),
    ": has 129 templates; a Pod can have 128",
  ),
  full(
    "a name in place of a template",
    "- data",
    ': template 1: "data" must be an object with fields of its own',
  ),

  // What is no template.
  full(
    "no metadata",
    `- {spec: {${GOOD_SPEC}}}`,
    ": template 1: metadata is missing",
  ),
  full(
    "no name",
    `- {metadata: {}, spec: {${GOOD_SPEC}}}`,
    ": template 1: metadata.name is missing: it gives the name of the Pod volume that becomes a claim",
  ),
  full(
    "a number for a name",
    `- {metadata: {name: 1}, spec: {${GOOD_SPEC}}}`,
    ": template 1: metadata.name: 1 must be a text; write it in quotes",
  ),
  one("no spec", "- {metadata: {name: data}}", "spec is missing"),
  one(
    "another kind",
    `- {kind: PersistentVolume, metadata: {name: data}, spec: {${GOOD_SPEC}}}`,
    'kind: "PersistentVolume" must be PersistentVolumeClaim or left out',
  ),
  one(
    "another version",
    `- {apiVersion: v2, metadata: {name: data}, spec: {${GOOD_SPEC}}}`,
    'apiVersion: "v2" must be v1 or left out',
  ),
  one(
    "a namespace",
    plusMetadata("namespace: shop"),
    'metadata.namespace: "shop" is not a field of a template; known here are name, labels, annotations',
  ),
  one(
    "finalizers",
    plusMetadata("finalizers: [example.com/keep]"),
    'metadata.finalizers: ["example.com/keep"] is not a field of a template; known here are name, labels, annotations',
  ),
  one(
    "a field that is misspelt",
    plusSpec("storageClass: fast"),
    `spec.storageClass: "fast" is not a field of a template; known here are ${FIELDS}`,
  ),
  one("the size in the wrong place", spec(`${MODES}, storage: 1Gi`), [
    `spec.storage: "1Gi" is not a field of a template; known here are ${FIELDS}`,
    "spec.resources.requests.storage is missing: it gives the size of each claim, such as 10Gi",
  ]),
  one(
    "a field beside the spec",
    `- {metadata: {name: data}, spec: {${GOOD_SPEC}}, size: 1Gi}`,
    'size: "1Gi" is not a field of a template; known here are apiVersion, kind, metadata, spec',
  ),
  one(
    "a mode that is no list",
    spec(`accessModes: ReadWriteOnce, ${SIZE}`),
    'spec.accessModes: "ReadWriteOnce" must be a list, such as [ReadWriteOnce]',
  ),
  one(
    "an abbreviated mode",
    spec(`accessModes: [RWO], ${SIZE}`),
    'spec.accessModes[0]: "RWO" is not supported; known are ReadOnlyMany, ReadWriteMany, ReadWriteOnce, ReadWriteOncePod',
  ),
  one(
    "a volume mode in lower case",
    plusSpec("volumeMode: block"),
    'spec.volumeMode: "block" is not supported; known are Block, Filesystem',
  ),
  one(
    "a number for a label",
    plusMetadata("labels: {version: 1.10}"),
    "metadata.labels.version: 1.1 must be a text; write it in quotes",
  ),
  one(
    "a truth value for an annotation",
    plusMetadata("annotations: {example.com/backup: true}"),
    'metadata.annotations["example.com/backup"]: true must be a text; write it in quotes',
  ),
  one(
    "a list for a size",
    spec(`${MODES}, resources: {requests: {storage: [1Gi]}}`),
    'spec.resources.requests.storage: ["1Gi"] must be a quantity, such as 10Gi',
  ),
  one(
    "a selector in words",
    plusSpec("selector: tier=fast"),
    'spec.selector: "tier=fast" must be an object with fields of its own',
  ),
  one(
    "a source without its kind",
    plusSpec("dataSource: {name: nightly}"),
    "spec.dataSource.kind is missing",
  ),

  // What no claim can have.
  full(
    "a name in upper case",
    `- {metadata: {name: Data}, spec: {${GOOD_SPEC}}}`,
    ': template "Data": metadata.name: "Data" is not a volume name: use at most 63 lower-case letters, digits and dashes',
  ),
  one(
    "a name twice",
    `${spec(GOOD_SPEC)}\n${spec(GOOD_SPEC)}`,
    'metadata.name: "data" is the name of template 1 already; a volume has one claim',
  ),
  full(
    "a volume whose label means something else",
    `${spec(GOOD_SPEC)}\n- {metadata: {name: name}, spec: {${GOOD_SPEC}}}`,
    ': template "name": metadata.name: "name" would need the Pod label volume-claim/name, which names the first template\'s claim; put this template first or name the volume otherwise',
  ),
  one(
    "no mode",
    spec(SIZE),
    "spec.accessModes is missing: it gives at least one mode, such as [ReadWriteOnce]",
  ),
  one(
    "an empty list of modes",
    spec(`accessModes: [], ${SIZE}`),
    "spec.accessModes: [] names no mode; give at least one, such as [ReadWriteOnce]",
  ),
  one(
    "a mode twice",
    spec(`accessModes: [ReadWriteOnce, ReadWriteOnce], ${SIZE}`),
    'spec.accessModes: ["ReadWriteOnce","ReadWriteOnce"] names a mode twice',
  ),
  one(
    "ReadWriteOncePod and another mode",
    spec(`accessModes: [ReadWriteOncePod, ReadWriteMany], ${SIZE}`),
    'spec.accessModes: ["ReadWriteOncePod","ReadWriteMany"] contradicts itself: ReadWriteOncePod allows no other mode beside it',
  ),
  one(
    "no size",
    spec(`${MODES}, resources: {}`),
    "spec.resources.requests.storage is missing: it gives the size of each claim, such as 10Gi",
  ),
  one(
    "a size without a unit of Kubernetes",
    spec(`${MODES}, resources: {requests: {storage: 10GB}}`),
    'spec.resources.requests.storage: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M',
  ),
  one(
    "a zero size",
    spec(`${MODES}, resources: {requests: {storage: 0}}`),
    "spec.resources.requests.storage: 0 must be greater than zero",
  ),
  one(
    "a negative size",
    spec(`${MODES}, resources: {requests: {storage: -1Gi}}`),
    'spec.resources.requests.storage: "-1Gi" must be greater than zero',
  ),
  one(
    "a number that loses its last digits",
    spec(`${MODES}, resources: {requests: {storage: 9007199254740993}}`),
    "spec.resources.requests.storage: 9007199254740992 is too large for a number; write it with a unit, like 16Pi",
  ),
  one(
    "a limit below the request",
    spec(
      `${MODES}, resources: {requests: {storage: 2Gi}, limits: {storage: 1Gi}}`,
    ),
    'spec.resources.limits.storage: "1Gi" is less than the request of 2Gi',
  ),
  one(
    "a limit that is no quantity",
    spec(
      `${MODES}, resources: {requests: {storage: 2Gi}, limits: {storage: lots}}`,
    ),
    'spec.resources.limits.storage: "lots" is not a Kubernetes quantity; write it like 10Gi or 500M',
  ),
  one(
    "a class with blanks",
    plusSpec("storageClassName: very fast"),
    'spec.storageClassName: "very fast" is not the name of a storage class',
  ),
  one(
    "an attributes class in upper case",
    plusSpec("volumeAttributesClassName: Gold"),
    'spec.volumeAttributesClassName: "Gold" is not the name of a volume attributes class',
  ),
  one(
    "a volume that cannot exist",
    plusSpec("volumeName: disk_7"),
    'spec.volumeName: "disk_7" is not the name of a volume',
  ),
  one(
    "an operator in lower case",
    plusSpec(
      "selector: {matchExpressions: [{key: tier, operator: in, values: [fast]}]}",
    ),
    'spec.selector.matchExpressions[0].operator: "in" is none of In, NotIn, Exists, DoesNotExist',
  ),
  one(
    "an operator without its values",
    plusSpec("selector: {matchExpressions: [{key: tier, operator: In}]}"),
    "spec.selector.matchExpressions[0].values is missing: In needs at least one value",
  ),
  one(
    "values that the operator does not take",
    plusSpec(
      "selector: {matchExpressions: [{key: tier, operator: Exists, values: [fast]}]}",
    ),
    'spec.selector.matchExpressions[0].values: ["fast"] contradicts the operator: Exists takes no values',
  ),
  one(
    "a selector for a key that no label has",
    plusSpec(
      "selector: {matchExpressions: [{key: a b, operator: In, values: [x y]}]}",
    ),
    [
      'spec.selector.matchExpressions[0].key: "a b" is not a label key',
      `spec.selector.matchExpressions[0].values[0]: "x y" ${BAD_VALUE}`,
    ],
  ),
  one(
    "a selector for a value that no label has",
    plusSpec("selector: {matchLabels: {tier: very fast}}"),
    `spec.selector.matchLabels.tier: "very fast" ${BAD_VALUE}`,
  ),
  one(
    "a snapshot without its group",
    plusSpec("dataSource: {kind: VolumeSnapshot, name: nightly}"),
    'spec.dataSource.kind: "VolumeSnapshot" needs its apiGroup, snapshot.storage.k8s.io: without one only a PersistentVolumeClaim can be meant',
  ),
  one(
    "a source that would be ignored",
    plusSpec(
      "dataSource: {apiGroup: example.com, kind: Backup, name: nightly}",
    ),
    'spec.dataSource: {"apiGroup":"example.com","kind":"Backup","name":"nightly"} would be ignored: here only a PersistentVolumeClaim and a VolumeSnapshot of snapshot.storage.k8s.io count; use dataSourceRef',
  ),
  one(
    "a group with a version",
    plusSpec(
      "dataSourceRef: {apiGroup: example.com/v1, kind: Backup, name: nightly}",
    ),
    'spec.dataSourceRef.apiGroup: "example.com/v1" is not an API group; write it without a version, like snapshot.storage.k8s.io',
  ),
  one(
    "a claim in a group",
    plusSpec(
      "dataSourceRef: {apiGroup: v1, kind: PersistentVolumeClaim, name: seed}",
    ),
    'spec.dataSourceRef.kind: "PersistentVolumeClaim" is in no API group; leave apiGroup out',
  ),
  one(
    "a source in another namespace",
    plusSpec(
      "dataSourceRef: {apiGroup: example.com, kind: Backup, name: nightly, namespace: other}",
    ),
    'spec.dataSourceRef.namespace: "other" is not supported: most clusters ignore a source with a namespace; bring it into the Pod\'s namespace and leave this out',
  ),
  one(
    "two sources",
    plusSpec(
      "dataSource: {kind: PersistentVolumeClaim, name: a}, dataSourceRef: {kind: PersistentVolumeClaim, name: b}",
    ),
    'spec.dataSource: {"kind":"PersistentVolumeClaim","name":"a"} contradicts dataSourceRef; leave one of them out',
  ),
  one(
    "a label key with a blank",
    plusMetadata("labels: {a b: x}"),
    `metadata.labels["a b"]: "x" ${BAD_KEY}`,
  ),
  one(
    "a label value with a blank",
    plusMetadata("labels: {team: data platform}"),
    `metadata.labels.team: "data platform" ${BAD_VALUE}`,
  ),
  one(
    "an annotation key with two slashes",
    plusMetadata("annotations: {a/b/c: x}"),
    `metadata.annotations["a/b/c"]: "x" ${BAD_KEY}`,
  ),
  one(
    "a label of ours with another value",
    plusMetadata("labels: {app.kubernetes.io/managed-by: Helm}"),
    'metadata.labels["app.kubernetes.io/managed-by"]: "Helm" is not for templates: stateful-deployments sets this label itself; leave it out',
  ),
  one(
    "a misspelt key of ours",
    plusMetadata("annotations: {volume-claim-template/retain: 'true'}"),
    `metadata.annotations["volume-claim-template/retain"]: "true" stands under an unknown key; a template knows the annotations ${LIFE_CYCLE_KEYS}`,
  ),
  one(
    "a key that only we set",
    plusMetadata("annotations: {volume-claim/request-uid: mine}"),
    'metadata.annotations["volume-claim/request-uid"]: "mine" stands under a key that stateful-deployments sets itself; leave it out',
  ),
  one(
    "a value that would drown the message",
    plusSpec(`storageClassName: ${"very ".repeat(50)}fast`),
    `spec.storageClassName: "${"very ".repeat(20)}…" is not the name of a storage class`,
  ),

  // Life cycles.
  one(
    "a retention to come, on a template",
    plusMetadata("annotations: {volume-claim-template/retention: Reuse}"),
    'metadata.annotations["volume-claim-template/retention"]: "Reuse" is not supported: it comes later; this version knows Delete and Retain',
  ),
  one(
    "an idle-ttl on a template that is not retained",
    plusMetadata("annotations: {volume-claim-template/idle-ttl: 7d}"),
    'metadata.annotations["volume-claim-template/idle-ttl"]: "7d" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
  ),
  one(
    "a template that is not retained, against its Pod, and has an idle-ttl",
    plusMetadata(
      "annotations: {volume-claim-template/retention: Delete, volume-claim-template/idle-ttl: 7d}",
    ),
    'metadata.annotations["volume-claim-template/idle-ttl"]: "7d" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
    { retention: "Retain" },
  ),
  life(
    "a retention to come",
    { retention: "Reuse" },
    'retention: "Reuse" is not supported: it comes later; this version knows Delete and Retain',
  ),
  life(
    "a retention in lower case",
    { retention: "retain" },
    'retention: "retain" is not supported; known are Delete, Retain',
  ),
  life(
    "an idle-ttl without a retention",
    { "idle-ttl": "36h" },
    'idle-ttl: "36h" contradicts volume-claim-template/retention: Delete, with which a claim goes when its Pod goes; set volume-claim-template/retention: Retain or leave it out',
  ),
  life(
    "an idle-ttl of nothing",
    { retention: "Retain", "idle-ttl": "0s" },
    'idle-ttl: "0s" must be greater than zero',
  ),
  life(
    "an idle-ttl in weeks",
    { retention: "Retain", "idle-ttl": "2w" },
    'idle-ttl: "2w" is not a duration; write it like 36h or 7d',
  ),
  life(
    "a truth value for finished-pods",
    { "finished-pods": "true" },
    'finished-pods: "true" is not supported; known are Keep, Release',
  ),

  // Both forms, and volumes that do not go with their templates.
  {
    name: "both forms at once",
    annotations: {
      [TEMPLATE_NAME]: "data",
      [TEMPLATE_TEMPLATES]: spec(GOOD_SPEC),
    },
    says: [
      `annotation ${TEMPLATE_NAME}: "data" contradicts ${TEMPLATE_TEMPLATES}: describe the volumes in one of the two forms`,
    ],
  },
  {
    name: "a volume of another type among others",
    annotations: {
      [TEMPLATE_TEMPLATES]: `${spec(GOOD_SPEC)}\n- {metadata: {name: wal}, spec: {${GOOD_SPEC}}}`,
    },
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "wal", hostPath: { path: "/wal" } },
    ],
    says: [
      'spec.volumes[1] "wal" is of type hostPath; only an emptyDir can become a claim',
    ],
  },
  {
    name: "a volume that is nowhere",
    annotations: {
      [TEMPLATE_TEMPLATES]: `${spec(GOOD_SPEC)}\n- {metadata: {name: wal}, spec: {${GOOD_SPEC}}}`,
    },
    says: [
      'volume "wal" is neither in spec.volumes nor in any container\'s volumeMounts; declare it as an emptyDir or mount it',
    ],
  },
  {
    name: "a device in place of a directory",
    annotations: { [TEMPLATE_TEMPLATES]: plusSpec("volumeMode: Block") },
    says: [
      'spec.volumes[0] "data" is an emptyDir, which is no device for volumeMode Block; leave the volume out of spec.volumes',
      'spec.containers[0].volumeMounts[0] "data" does not go with volumeMode Block; name the volume in volumeDevices',
    ],
  },
];
