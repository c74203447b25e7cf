import {
  spec,
  plusSpec,
  one,
  MODES,
  SIZE,
  BAD_VALUE,
} from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

/** What no claim can have in its spec. */
export const MALFORMED_SPECS: readonly MalformedCase[] = [
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
    "a value that would drown the message",
    plusSpec(`storageClassName: ${"very ".repeat(50)}fast`),
    `spec.storageClassName: "${"very ".repeat(20)}…" is not the name of a storage class`,
  ),
];
