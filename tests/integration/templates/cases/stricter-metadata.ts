import { template } from "./every-field.ts";
import { beside, container, metadata, spec } from "./stricter-case.ts";
import type { StricterRule } from "./stricter-case.ts";

/** About the array, and what stands around the specs in it. */
export const STRICTER_WITH_METADATA: readonly StricterRule[] = [
  {
    words: "an array without a template, or with more than 128",
    cases: [
      { templates: [], says: "has no template in it" },
      {
        templates: Array.from({ length: 129 }, (_, index) =>
          template(`data-${index}`),
        ),
        says: "has 129 templates; a Pod can have 128",
      },
    ],
  },
  {
    words: "more than 32 KiB of text",
    cases: [
      metadata(
        { annotations: { "example.com/notes": "x".repeat(33_000) } },
        "at most 32768 are read",
      ),
    ],
  },
  {
    words: "two templates for one volume",
    cases: [
      {
        templates: [template("data"), template("data")],
        says: "is the name of template 1 already",
        podSpec: {
          containers: [
            {
              ...container,
              volumeMounts: [{ name: "data", mountPath: "/data" }],
            },
          ],
        },
      },
    ],
  },
  {
    words:
      "a volume called `name` that is not the first, since the label `volume-claim/name` is that of the first template's claim",
    cases: [
      {
        templates: [template("data"), template("name")],
        says: "would need the Pod label volume-claim/name",
      },
    ],
  },
  {
    words: "a `kind` or `apiVersion` of something other than a claim",
    cases: [beside({ kind: "PersistentVolume" }), beside({ apiVersion: "v2" })],
  },
  {
    words:
      "a field that does not exist, even if something other than `kubectl` applies the manifest",
    cases: [
      { ...beside({ size: "1Gi" }), isLenient: true },
      {
        ...spec({ storageClass: "fast" }, "spec.storageClass"),
        isLenient: true,
      },
    ],
  },
  {
    words:
      "`metadata` beyond `name`, `labels`, `annotations` and what is dropped, such as `finalizers`",
    cases: [
      metadata({ finalizers: ["example.com/keep"] }, "metadata.finalizers"),
    ],
  },
  {
    words:
      "labels and annotations that no object can have; a StatefulSet then creates no claim and says so in an event",
    cases: [
      metadata({ labels: { "a b": "x" } }, "does not allow", {
        makesNoClaim: true,
      }),
      metadata({ labels: { team: "data platform" } }, "is not a label value", {
        makesNoClaim: true,
      }),
      metadata({ annotations: { "a/b/c": "x" } }, "does not allow", {
        makesNoClaim: true,
      }),
    ],
  },
  {
    words:
      "our labels `managed` and `volume-claim-template/name` with other values than ours",
    cases: [
      ["managed", "false"],
      ["volume-claim-template/name", "wal"],
    ].map(([key = "", value]) =>
      metadata(
        { labels: { [key]: value } },
        "stateful-deployments sets this label itself",
      ),
    ),
  },
  {
    words:
      "any key under `volume-claim-template/` and `volume-claim/` except those of the life cycle and `volume-claim/hold`",
    cases: [
      metadata(
        { annotations: { "volume-claim-template/storage": "1Gi" } },
        "stands under an unknown key",
      ),
      metadata(
        { labels: { "volume-claim/cache": "mine" } },
        "stands under a key that stateful-deployments sets itself",
      ),
    ],
  },
  {
    words: "a life cycle that is unknown or contradicts itself",
    cases: [
      metadata(
        { annotations: { "volume-claim-template/idle-ttl": "7d" } },
        "contradicts volume-claim-template/retention",
      ),
      metadata(
        { annotations: { "volume-claim-template/retention": "Forever" } },
        "known are Delete, Retain",
      ),
    ],
  },
];
