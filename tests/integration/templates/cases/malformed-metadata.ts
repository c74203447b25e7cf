import {
  spec,
  plusMetadata,
  full,
  one,
  GOOD_SPEC,
  BAD_VALUE,
} from "./malformed-case.ts";
import type { MalformedCase } from "./malformed-case.ts";

const LIFE_CYCLE_KEYS =
  "volume-claim-template/retention, volume-claim-template/idle-ttl, volume-claim-template/finished-pods";
const BAD_KEY =
  "stands under a key that Kubernetes does not allow: use at most 63 letters, digits, dashes, underscores and dots, after a DNS name and a slash or alone";

/** Names, labels and annotations that no claim can have. */
export const MALFORMED_METADATA: readonly MalformedCase[] = [
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
  {
    ...full(
      "a volume whose label means something else",
      `${spec(GOOD_SPEC)}\n- {metadata: {name: name}, spec: {${GOOD_SPEC}}}`,
      ': template "name": metadata.name: "name" would need the Pod label volume-claim/name, which names the first template\'s claim; put this template first or name the volume otherwise',
    ),
    volumes: [
      { name: "data", emptyDir: {} },
      { name: "name", emptyDir: {} },
    ],
  },
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
    "label keys and values with characters that nobody sees",
    plusMetadata(String.raw`labels: {"te\u200bam": data, team: "da\u202eta"}`),
    [
      String.raw`metadata.labels["te\u200bam"]: "data" ${BAD_KEY}`,
      String.raw`metadata.labels.team: "da\u202eta" has the invisible character \u202e (right-to-left override) in it, and ${BAD_VALUE}`,
    ],
  ),
  one(
    "a label value that nobody filled in",
    plusMetadata('labels: {team: "{{ .Values.team }}"}'),
    'metadata.labels.team: "{{ .Values.team }}" is a template that nobody has filled in; render the chart first',
  ),
  one(
    "an annotation key with two slashes",
    plusMetadata("annotations: {a/b/c: x}"),
    `metadata.annotations["a/b/c"]: "x" ${BAD_KEY}`,
  ),
  one(
    "a label of ours with another value",
    plusMetadata("labels: {managed: 'false'}"),
    'metadata.labels.managed: "false" is not for templates: stateful-deployments sets this label itself; leave it out',
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
];
