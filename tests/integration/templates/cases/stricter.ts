import type { V1PodSpec } from "@kubernetes/client-node";
import { template } from "../../../functions/template/every-field.ts";

/** Templates and volumes that a StatefulSet accepts and the function rejects; `says` is part of the message. */
export interface StricterCase {
  readonly templates: readonly object[];
  readonly podSpec?: Partial<V1PodSpec>;
  readonly says: string;
}

/** A StatefulSet with these is accepted and its claims are not, so its Pods wait for ever. */
export const MAKES_NO_CLAIM = /label (key|value) with|annotation key with/;
/** kubectl asks the API server to reject these. */
export const IS_LENIENT = /field/;
/** The claim of a StatefulSet with these starts from nothing. */
export const LOSES_SOURCE = /source (that would be|in another)/;

/** Mounts the volume `data`. */
export const container = {
  name: "app",
  image: "app:1",
  volumeMounts: [{ name: "data", mountPath: "/data" }],
};

const device = {
  name: "app",
  image: "app:1",
  volumeDevices: [{ name: "data", devicePath: "/dev/data" }],
};
const file = [template("data")];
const block = [template("data", { volumeMode: "Block" })];
const notes = { "example.com/notes": "x".repeat(33_000) };

/** What docs/annotations.md lists, in its words: each with names of malformed cases, or with cases of its own. */
export const STRICTER: Readonly<
  Record<string, readonly (string | StricterCase)[]>
> = {
  "an array without a template, or with more than 128": [
    "an empty array",
    {
      templates: Array.from({ length: 129 }, (_, index) =>
        template(index === 0 ? "data" : `data-${index}`),
      ),
      says: "has 129 templates; a Pod can have 128",
    },
  ],
  "more than 32 KiB of text": [
    {
      templates: [
        { ...template("data"), metadata: { name: "data", annotations: notes } },
      ],
      says: "at most 32768 are read",
    },
  ],
  "two templates for one volume": ["a name twice"],
  "a volume called `name` that is not the first, since the label `volume-claim/name` is that of the first template's claim":
    ["a volume whose label means something else"],
  "a `kind` or `apiVersion` of something other than a claim": [
    "another kind",
    "another version",
  ],
  "a field that does not exist, even if something other than `kubectl` applies the manifest":
    ["a field beside the spec", "a misspelt field"],
  "`metadata` beyond `name`, `labels`, `annotations` and what is dropped, such as `finalizers`":
    ["finalizers"],
  "labels and annotations that no object can have; a StatefulSet then creates no claim and says so in an event":
    [
      "a label key with a blank",
      "a label value with a blank",
      "an annotation key with two slashes",
    ],
  "our labels `managed` and `volume-claim-template/name` with other values than ours":
    ["a label of ours with another value"],
  "any key under `volume-claim-template/` and `volume-claim/` except those of the life cycle and `volume-claim/hold`":
    ["a misspelt key of ours", "keys that only we set"],
  "a life cycle that is unknown or contradicts itself": [
    "an unknown retention on a template",
    "an idle-ttl on a template that is not retained",
  ],
  "an access mode twice": ["a mode twice"],
  "a limit below its request": ["a limit below the request"],
  "a size that is a number of 2^53 or more, because its last digits get lost; a text, such as `16Pi`, is accepted":
    ["a number that loses its last digits"],
  "a `volumeName` that no volume can have": ["a volume that cannot exist"],
  "a `dataSource` of a kind that the API server silently drops, so that the volume would be empty":
    ["a source that would be ignored"],
  "a `dataSourceRef` to another namespace, which most API servers drop as well":
    ["a source in another namespace"],
  "a source that cannot exist: a PersistentVolumeClaim with an `apiGroup`, or a `kind` or `name` that no object can have":
    [
      "a claim in a group",
      "a source with a kind and a name that no object has",
    ],
  "a volume that the Pod declares as anything but an `emptyDir` on disk; a StatefulSet replaces it":
    [{ hostPath: { path: "/data" } }, { emptyDir: { medium: "Memory" } }].map(
      (source) => ({
        templates: file,
        podSpec: { volumes: [{ name: "data", ...source }] },
        says: 'spec.volumes[0] "data" is ',
      }),
    ),
  "a volume that no container uses and the Pod does not declare": [
    {
      templates: file,
      podSpec: { containers: [{ name: "app", image: "app:1" }] },
      says: "is neither in spec.volumes nor in any container's volumeMounts",
    },
  ],
  "a file system in `volumeDevices`, a device in `volumeMounts`, and an `emptyDir` for a device":
    [
      {
        templates: file,
        podSpec: { containers: [device] },
        says: "does not go with volumeMode Filesystem",
      },
      { templates: block, says: "does not go with volumeMode Block" },
      {
        templates: block,
        podSpec: {
          containers: [device],
          volumes: [{ name: "data", emptyDir: {} }],
        },
        says: "which is not a device for volumeMode Block",
      },
    ],
};
