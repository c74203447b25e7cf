import {
  spec,
  plusSpec,
  plusMetadata,
  full,
  one,
  MODES,
  SIZE,
  GOOD_SPEC,
} from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

const FIELDS =
  "accessModes, dataSource, dataSourceRef, resources, selector, storageClassName, volumeAttributesClassName, volumeMode, volumeName";

/** What is no template. */
export const MALFORMED_SHAPES: readonly MalformedCase[] = [
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
];
