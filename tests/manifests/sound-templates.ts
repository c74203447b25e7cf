import { cacheAnnotations } from "../support/builders.ts";
import { FULL_FORM } from "./template-case.ts";
import type { TemplateCase } from "./template-case.ts";
import { aTemplate, onlyAnnotations, withAnnotations } from "./workloads.ts";
import type { WorkloadKind } from "./workloads.ts";

/**
 * Bare Pods alone may mount what they do not declare: in templates, Kubernetes and Knative refuse it before the policy is asked. Of
 * Knative there are only the CRDs here, so that its kind shows that the policy does not refuse it, too.
 */
const UNCHECKED_KINDS: readonly WorkloadKind[] = ["Knative Service"];

/** On all kinds of workloads unless it says on which. */
interface SoundTemplate extends TemplateCase {
  readonly kinds?: readonly WorkloadKind[];
}

/** The function makes claims for each, or has nothing to do. */
export const SOUND_TEMPLATES: readonly SoundTemplate[] = [
  { name: "the two annotations", template: aTemplate() },
  {
    name: "no annotation of ours",
    template: aTemplate({ "example.com/team": "search" }),
  },
  { name: "no annotations at all", template: aTemplate({}) },
  {
    name: "every key",
    template: withAnnotations({
      "storage-class": "fast.example.com",
      "access-modes": "ReadWriteOnce, ReadOnlyMany ,ReadWriteMany",
      retention: "Delete",
    }),
  },
  ...[
    "VolumeSnapshot/nightly-2026.01",
    `PersistentVolumeClaim/${"c".repeat(253)}`,
    "VolumeSnapshot?app",
    "VolumeSnapshot?example.com/app=orders, tier in ( nightly , weekly ),!draft,size>5",
    "VolumeSnapshot?app notin (), tier=,in!=in",
  ].map((source) => ({
    name: `the source ${source.slice(0, 60)}`,
    template: withAnnotations({ "data-source": source }),
  })),
  {
    name: "a life cycle",
    template: withAnnotations({
      retention: "Retain",
      "idle-ttl": "1d12h",
      "finished-pods": "Release",
    }),
  },
  {
    name: "the full form",
    template: onlyAnnotations({
      retention: "Retain",
      "idle-ttl": "7d",
      templates: FULL_FORM,
    }),
  },
  {
    name: "no storage class on purpose",
    template: withAnnotations({ "storage-class": "" }),
  },
  {
    name: "ReadWriteOncePod",
    template: withAnnotations({ "access-modes": "ReadWriteOncePod" }),
  },
  ...[
    "1",
    "1.5Gi",
    ".5Ti",
    "1e9",
    "1E9",
    "+1Gi",
    "100M",
    "1n",
    "9223372036854775807",
  ].map((size) => ({
    name: `the size ${size}`,
    template: withAnnotations({ storage: size }),
  })),
  {
    name: "a volume that is only mounted",
    kinds: UNCHECKED_KINDS,
    template: aTemplate(cacheAnnotations, { volumes: [] }),
  },
  {
    name: "a volume that only an init container mounts",
    kinds: UNCHECKED_KINDS,
    template: {
      ...aTemplate(cacheAnnotations, { volumes: [], mounts: [] }),
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
  {
    name: "an emptyDir with a limit",
    template: aTemplate(cacheAnnotations, {
      volumes: [{ name: "cache", emptyDir: { sizeLimit: "1Gi" } }],
    }),
  },
  {
    name: "a volume without a source",
    template: aTemplate(cacheAnnotations, { volumes: [{ name: "cache" }] }),
  },
  ...[
    { volume: "cache", claim: "web-cache-k4vtq2xw8n" },
    {
      volume: "v".repeat(63),
      claim: `${"w".repeat(27)}-${"v".repeat(24)}-k4vtq2xw8n`,
    },
    {
      volume: `${"v".repeat(23)}-x`,
      claim: `${"w".repeat(27)}-${"v".repeat(23)}-k4vtq2xw8n`,
    },
  ].map(({ volume, claim }) => ({
    name: `a template that was copied from a Pod with its claim ${claim}, without its labels`,
    template: aTemplate(
      { ...cacheAnnotations, "volume-claim-template/name": volume },
      {
        volumes: [
          { name: volume, persistentVolumeClaim: { claimName: claim } },
        ],
        mounts: [volume],
      },
    ),
  })),
  {
    name: "a template that was copied from a Pod with its claim",
    template: aTemplate(cacheAnnotations, {
      volumes: [
        {
          name: "cache",
          persistentVolumeClaim: { claimName: "web-cache-x" },
        },
      ],
      labels: { "volume-claim/cache": "web-cache-x" },
    }),
  },
];
