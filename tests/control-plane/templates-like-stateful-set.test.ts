import type {
  V1PersistentVolumeClaim,
  V1Pod,
  V1StatefulSet,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { TEMPLATE_TEMPLATES } from "../../functions/well-known.ts";
import { admissionSuite, claimsIn } from "../support/admission-suite.ts";
import { eventually } from "../support/eventually.ts";
import { uniqueNamespace } from "../support/shared-control-plane.ts";
import { claimTemplateSchema } from "./claim-template-schema.ts";
import {
  DIFFERENCES,
  differingPaths,
  unknownDifferences,
} from "./templates/compared-claims.ts";
import { leavesOf, usedLeaves } from "./templates/schema-leaves.ts";
import type { Schema } from "./templates/schema-leaves.ts";

/** A template that is pasted into both. */
interface Template {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly spec: Record<string, unknown>;
}

const resources = { requests: { storage: "1Gi" } };

/** Nothing binds it, so that the two claims stay as they were created. */
const unbound = {
  accessModes: ["ReadWriteOnce"],
  resources,
  storageClassName: "",
};

function template(
  name: string,
  fields: Record<string, unknown> = {},
): Template {
  return { metadata: { name }, spec: { ...unbound, ...fields } };
}

/** Each field of a claim in at least one of them; the first test below fails for a field that is in none. */
const TEMPLATES: readonly Template[] = [
  {
    metadata: { name: "default-class" },
    spec: { accessModes: ["ReadWriteOnce"], resources },
  },
  template("no-class"),
  {
    ...template("with-kind"),
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
  },
  {
    ...template("with-labels"),
    metadata: {
      name: "with-labels",
      labels: { tier: "fast", "example.com/team": "" },
    },
  },
  {
    ...template("with-annotations"),
    metadata: {
      name: "with-annotations",
      annotations: {
        "example.com/backup": "daily",
        "volume-claim-template/retention": "Retain",
        "volume-claim-template/idle-ttl": "7d",
      },
    },
  },
  template("v".repeat(63)),
  template("other-class", { storageClassName: "unknown-class" }),
  template("read-write-many", {
    accessModes: ["ReadWriteMany", "ReadOnlyMany"],
  }),
  template("read-write-once-pod", { accessModes: ["ReadWriteOncePod"] }),
  template("with-limits", {
    resources: {
      requests: { storage: "1Gi", "example.com/iops": "100" },
      limits: { storage: "2Gi" },
    },
  }),
  template("size-to-normalise", {
    resources: { requests: { storage: "1024Mi" } },
  }),
  template("size-with-fraction", {
    resources: { requests: { storage: "1.5Gi" } },
  }),
  template("size-as-number", {
    resources: { requests: { storage: 1_073_741_824 } },
  }),
  template("with-selector", {
    selector: {
      matchLabels: { tier: "fast" },
      matchExpressions: [
        { key: "zone", operator: "In", values: ["a", "b"] },
        { key: "retired", operator: "DoesNotExist" },
      ],
    },
  }),
  template("empty-selector", { selector: {} }),
  template("with-volume-name", { volumeName: "set-aside" }),
  template("filesystem", { volumeMode: "Filesystem" }),
  template("block", { volumeMode: "Block" }),
  template("from-snapshot", {
    dataSource: {
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "nightly",
    },
  }),
  template("from-claim", {
    dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
  }),
  template("from-populator", {
    dataSourceRef: { apiGroup: "example.com", kind: "Backup", name: "nightly" },
  }),
  template("from-both", {
    dataSource: { kind: "PersistentVolumeClaim", name: "seed" },
    dataSourceRef: { kind: "PersistentVolumeClaim", name: "seed" },
  }),
  template("attributes-class", { volumeAttributesClassName: "gold" }),
];

/** Fields that a StatefulSet's template can have and ours cannot; a test below says what becomes of them in a StatefulSet. */
const REFUSED_FIELDS = ["spec.dataSourceRef.namespace"];

/** Templates that a StatefulSet takes and we refuse, with what we say. */
const STRICTER: readonly {
  readonly name: string;
  readonly template: unknown;
  readonly says: string;
}[] = [
  {
    name: "a source in another namespace, which most API servers drop without a word",
    template: template("data", {
      dataSourceRef: {
        apiGroup: "example.com",
        kind: "Backup",
        name: "nightly",
        namespace: "other",
      },
    }),
    says: "spec.dataSourceRef.namespace",
  },
  {
    name: "a source of a kind that dataSource does not know, which the API server drops without a word",
    template: template("data", {
      dataSource: { apiGroup: "example.com", kind: "Backup", name: "nightly" },
    }),
    says: "spec.dataSource:",
  },
  {
    name: "a mode twice",
    template: template("data", {
      accessModes: ["ReadWriteOnce", "ReadWriteOnce"],
    }),
    says: "names a mode twice",
  },
  {
    name: "a limit below its request",
    template: template("data", {
      resources: { requests: { storage: "2Gi" }, limits: { storage: "1Gi" } },
    }),
    says: "is less than the request",
  },
  {
    name: "a volume name that no volume can have",
    template: template("data", { volumeName: "disk_7" }),
    says: "is not the name of a volume",
  },
  {
    name: "metadata beyond name, labels and annotations",
    template: {
      ...template("data"),
      metadata: { name: "data", finalizers: ["example.com/keep"] },
    },
    says: "metadata.finalizers",
  },
  {
    name: "a label that we set otherwise",
    template: {
      ...template("data"),
      metadata: {
        name: "data",
        labels: { "app.kubernetes.io/managed-by": "Helm" },
      },
    },
    says: "stateful-deployments sets this label itself",
  },
];

describe("a template and a StatefulSet's", function () {
  this.timeout(60_000);
  const suite = admissionSuite();
  let schema: Schema;
  let ofSet: ReadonlyMap<string, V1PersistentVolumeClaim>;
  let ours: ReadonlyMap<string, V1PersistentVolumeClaim>;
  let namespace: string;

  before(async function () {
    this.timeout(60_000);
    schema = await claimTemplateSchema(suite.controlPlane);
    namespace = await uniqueNamespace("like-stateful-set");
    await suite.core.createNamespacedPod({ namespace, body: aPod(TEMPLATES) });
    await suite.apps.createNamespacedStatefulSet({
      namespace,
      body: aStatefulSet(TEMPLATES),
    });
    await eventually("both have made their claims", readClaims);
  });

  async function readClaims(): Promise<boolean> {
    const claims = await claimsIn(suite, namespace);
    const byVolume = (
      volumeOf: (claim: V1PersistentVolumeClaim) => string | undefined,
    ): Map<string, V1PersistentVolumeClaim> =>
      new Map(
        claims.flatMap((claim) => {
          const volume = volumeOf(claim);
          return volume === undefined ? [] : [[volume, claim]];
        }),
      );
    ours = byVolume(
      ({ metadata }) => metadata?.labels?.["volume-claim-template/name"],
    );
    ofSet = byVolume(
      ({ metadata }) => /^(.*)-set-0$/.exec(metadata?.name ?? "")?.[1],
    );
    return ours.size === TEMPLATES.length && ofSet.size === TEMPLATES.length;
  }

  it("are compared for every field that the API server knows", () => {
    const used = new Set(TEMPLATES.flatMap((one) => usedLeaves(schema, one)));
    expect(
      leavesOf(schema).filter(
        // These two have no values to choose from.
        (leaf) => !used.has(leaf) && !/^(apiVersion|kind)$/.test(leaf),
      ),
    ).to.have.members(REFUSED_FIELDS);
  });

  for (const { metadata } of TEMPLATES)
    it(`give the same claim: ${metadata.name}`, async () => {
      await eventually(
        "the claims differ in known ways only",
        async () => {
          await readClaims();
          const [left, right] = [
            ofSet.get(metadata.name),
            ours.get(metadata.name),
          ];
          if (left === undefined || right === undefined) return false;
          expect(unknownDifferences(differingPaths(left, right))).to.deep.equal(
            [],
          );
          return true;
        },
        5_000,
      );
    });

  it("differ in each of the known ways somewhere", async () => {
    await eventually("the claims of the default class are bound", async () => {
      await readClaims();
      return (
        ofSet.get("default-class")?.status?.phase === "Bound" &&
        ours.get("default-class")?.status?.phase === "Bound"
      );
    });
    const paths = [...ours].flatMap(([volume, claim]) =>
      differingPaths(ofSet.get(volume) ?? {}, claim),
    );
    expect(
      DIFFERENCES.filter(
        ({ path }) => !paths.some((one) => path.test(one)),
      ).map(({ what }) => what),
      // A Pod made by hand has no owner; one of a Deployment has.
    ).to.deep.equal([
      "our annotations volume-claim/owner-kind, -name and -uid",
    ]);
  });

  for (const { name, template: strict, says } of STRICTER)
    it(`are judged differently for ${name}`, async () => {
      const created = await suite.apps.createNamespacedStatefulSet({
        namespace,
        body: aStatefulSet([strict as Template], "other"),
        dryRun: "All",
      });
      expect(created.metadata?.uid).to.be.a("string");
      const refusal: unknown = await suite.core
        .createNamespacedPod({
          namespace,
          body: aPod([strict as Template], "other"),
          dryRun: "All",
        })
        .catch((error: unknown) => error);
      expect(String(refusal)).to.include(says);
    });

  it("a StatefulSet's claim with a source in another namespace has no source at all", async () => {
    const created = await suite.apps.createNamespacedStatefulSet({
      namespace,
      body: aStatefulSet([STRICTER[0]?.template as Template], "other"),
      dryRun: "All",
    });
    const claim = await suite.core.createNamespacedPersistentVolumeClaim({
      namespace,
      body: {
        metadata: { name: "dropped" },
        ...specOf(created.spec?.volumeClaimTemplates?.[0]),
      },
      dryRun: "All",
    });
    expect(claim.spec).not.to.have.any.keys("dataSource", "dataSourceRef");
  });
});

function specOf(
  claim: V1PersistentVolumeClaim | undefined,
): Pick<V1PersistentVolumeClaim, "spec"> {
  return claim?.spec ? { spec: claim.spec } : {};
}

/** A container that mounts every volume, or has it as a device. */
function containersFor(
  templates: readonly Template[],
): NonNullable<V1Pod["spec"]>["containers"] {
  const isBlock = ({ spec }: Template): boolean =>
    spec["volumeMode"] === "Block";
  return [
    {
      name: "app",
      image: "app:1",
      volumeMounts: templates
        .filter((one) => !isBlock(one))
        .map(({ metadata: { name } }) => ({ name, mountPath: `/${name}` })),
      volumeDevices: templates
        .filter(isBlock)
        .map(({ metadata: { name } }) => ({
          name,
          devicePath: `/dev/${name}`,
        })),
    },
  ];
}

function aPod(templates: readonly Template[], name = "pod"): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      annotations: { [TEMPLATE_TEMPLATES]: JSON.stringify(templates) },
    },
    spec: { containers: containersFor(templates) },
  };
}

function aStatefulSet(
  templates: readonly Template[],
  name = "set",
): V1StatefulSet {
  const labels = { "selected-by-set": "true" };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name },
    spec: {
      serviceName: name,
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: containersFor(templates) },
      },
      volumeClaimTemplates: [...templates] as V1PersistentVolumeClaim[],
    },
  };
}
