import { expect } from "chai";
import fc from "fast-check";
import jsonpatch from "fast-json-patch";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import {
  TEMPLATE_STORAGE,
  TEMPLATE_TEMPLATES,
} from "../../../functions/contract/keys.ts";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import type { Plan } from "../../../functions/pod/plan.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { told } from "../field/told.ts";

type ClaimPlan = Extract<Plan, { kind: "patch" }>;

/** The plan for a Pod that gets claims. Throws when it is another. */
async function claimPlan(
  pod: V1Pod,
  over: Partial<AdmissionRequest> = {},
): Promise<ClaimPlan> {
  const plan = await planPod(
    aRequest(pod, over),
    new Date("2030-01-01T12:00:00Z"),
  );
  if (plan.kind !== "patch")
    throw new Error(`expected a claim, got ${JSON.stringify(plan)}`);
  return plan;
}

async function problemsOf(pod: V1Pod): Promise<unknown> {
  const plan = await planPod(aRequest(pod));
  if (plan.kind !== "deny") throw new Error(`not rejected: ${plan.kind}`);
  return told(plan.errors);
}

function namesOf({ claims }: ClaimPlan): string[] {
  return claims.map(({ manifest }) => manifest.metadata.name);
}

/** The full form's annotation with a small claim for each metadata. */
function templatesOf(
  metadata: readonly {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  }[],
): Record<string, string> {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  };
  return {
    [TEMPLATE_TEMPLATES]: JSON.stringify(
      metadata.map(({ name, labels, annotations }) => ({
        metadata: { name, labels, annotations },
        spec,
      })),
    ),
  };
}

/** The Pod after the plan's patch. */
function patchedBy(pod: V1Pod, plan: ClaimPlan): V1Pod {
  return jsonpatch.applyPatch(structuredClone(pod), [...plan.patch], true)
    .newDocument;
}

async function patched(pod: V1Pod): Promise<V1Pod> {
  return patchedBy(pod, await claimPlan(pod, { uid: "before" }));
}

function keeps(volume: string, claim: string | undefined): string {
  return `volume "${volume}" keeps claim "${claim}", whose name has the form that stateful-deployments gives; every Pod that names it shares it. For a new claim, make the volume an emptyDir`;
}

/** A Pod whose volume `cache` is this claim already. */
function withClaim(claimName: string, labels?: Record<string, string>): V1Pod {
  return aPod({
    ...(labels && { labels }),
    volumes: [{ name: "cache", persistentVolumeClaim: { claimName } }],
  });
}

function volumeOf({
  claimed,
  name,
  type,
}: {
  readonly name: string;
  readonly claimed: boolean;
  readonly type: Omit<V1Volume, "name">;
}): V1Volume {
  return claimed ? { name, emptyDir: {} } : { name, ...structuredClone(type) };
}

describe("planPod", function () {
  this.timeout(30_000);

  it("creates the claim that the contract describes, in the namespace of the request", async () => {
    const plan = await claimPlan(aPod());
    const [name] = namesOf(plan);
    expect(name).to.match(/^web-5d4f8c7b9-cache-[a-z0-9]{10}$/);
    expect(plan.claims).to.deep.equal([
      {
        manifest: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: {
            name,
            namespace: "shop",
            labels: {
              managed: "true",
              "app.kubernetes.io/managed-by": "stateful-deployments",
              "volume-claim-template/name": "cache",
            },
            annotations: {
              "volume-claim/owner-kind": "ReplicaSet",
              "volume-claim/owner-name": "web-5d4f8c7b9",
              "volume-claim/owner-uid": "0c7a2c1e-rs",
              "volume-claim/request-uid":
                "705ab4f5-6393-11e8-b7cc-42010a800002",
              "volume-claim/requested-at": "2030-01-01T12:00:00.000Z",
            },
          },
          spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "1Gi" } },
          },
        },
      },
    ]);
  });

  it("gives the claim the labels, annotations and life cycle of its template, and its own last", async () => {
    const template = {
      name: "data",
      labels: { team: "search", managed: "true" },
      annotations: {
        "example.com/backup": "yes",
        "volume-claim-template/finished-pods": "Release",
      },
    };
    const annotations = {
      ...templatesOf([template]),
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "7d",
    };
    const { claims } = await claimPlan(
      aPod({ annotations, volumes: [], mounts: ["data"] }),
    );
    expect(claims[0]?.manifest.metadata.labels).to.deep.equal({
      team: "search",
      managed: "true",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "volume-claim-template/name": "data",
    });
    expect(claims[0]?.manifest.metadata.annotations).to.include({
      "example.com/backup": "yes",
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "7d",
      "volume-claim-template/finished-pods": "Release",
      "volume-claim/owner-kind": "ReplicaSet",
    });
  });

  it("W2: names the claim after the request: the same for the same one, another for another", async () => {
    const [first, again, other] = await Promise.all(
      ["first", "first", "other"].map(async (uid) =>
        namesOf(await claimPlan(aPod(), { uid })).join(),
      ),
    );
    expect(again).to.equal(first);
    expect(other).not.to.equal(first);
  });

  it("allows a volume with the name `name` as the first one, where its label means the same", async () => {
    const pod = aPod({
      annotations: templatesOf([{ name: "name" }, { name: "wal" }]),
      volumes: [],
      mounts: ["name", "wal"],
    });
    const plan = await claimPlan(pod);
    const [first, second] = namesOf(plan);
    expect(patchedBy(pod, plan).metadata?.labels).to.deep.equal({
      "volume-claim/name": first,
      "volume-claim/wal": second,
    });
  });

  it("creates a claim for an emptyDir whose label was copied from another Pod", async () => {
    const pod = aPod({ labels: { "volume-claim/cache": "of-another-pod" } });
    const plan = await claimPlan(pod);
    expect(patchedBy(pod, plan).metadata?.labels).to.have.property(
      "volume-claim/cache",
      namesOf(plan)[0],
    );
  });

  it("W18: warns of a Pod that bypasses the scheduler", async () => {
    const pod = aPod();
    if (pod.spec) pod.spec.nodeName = "node-1";
    expect((await claimPlan(pod)).warnings).to.have.lengthOf(1);
    expect((await claimPlan(aPod())).warnings).to.have.lengthOf(0);
  });

  it("W4: allows a Pod without labels that has its claim, and warns which claim it keeps", async () => {
    const pod = await patched(aPod());
    delete pod.metadata?.labels;
    const claim = pod.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName;
    const plan = await planPod(aRequest(pod, { uid: "another" }));
    if (plan.kind !== "allow") throw new Error(plan.kind);
    expect({ ...plan, warnings: told(plan.warnings) }).to.deep.equal({
      kind: "allow",
      reason: "every volume has its claim already",
      warnings: [
        { message: keeps("cache", claim), path: ["spec", "volumes", 0] },
      ],
    });
  });

  it("W4: gives a Pod that brings the claim of a pool the labels by which lists find it, and no more", async () => {
    const annotations = {
      ...cacheAnnotations,
      "volume-claim-template/retention": "Reuse",
    };
    const pod = await patched(aPod({ annotations }));
    const claim = pod.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName;
    delete pod.metadata?.labels;
    const plan = await planPod(aRequest(pod, { uid: "another" }));
    if (plan.kind !== "allow") throw new Error(plan.kind);
    const again = jsonpatch.applyPatch(
      structuredClone(pod),
      structuredClone(plan.patch ?? []),
    ).newDocument;
    expect(again).to.deep.equal({
      ...pod,
      metadata: {
        ...pod.metadata,
        labels: { "volume-claim/name": claim, "volume-claim/cache": claim },
      },
    });
    expect(await planPod(aRequest(again))).not.to.have.property("patch");
  });

  const both = aPod({
    annotations: templatesOf([{ name: "data" }, { name: "wal" }]),
    volumes: [
      { name: "wal", emptyDir: {} },
      { name: "data", emptyDir: {} },
    ],
    mounts: ["data", "wal"],
  });
  for (const [name, other] of [
    ["data", "wal"],
    ["wal", "data"],
  ] as const) {
    /** The Pod with both claims, of which `name` has become an emptyDir again. */
    const withOne = async (): Promise<V1Pod> => {
      const pod = await patched(both);
      pod.spec?.volumes?.forEach((volume, index, volumes) => {
        if (volume.name === name) volumes[index] = { name, emptyDir: {} };
      });
      delete pod.metadata?.labels?.[`volume-claim/${name}`];
      return pod;
    };
    const labelsOf = (claim = ""): Record<string, string> => ({
      [`volume-claim/${name}`]: claim,
      ...(name === "data" && { "volume-claim/name": claim }),
    });

    it(`W3: creates a claim for ${name} only, when ${other} has its claim, and keeps the other labels`, async () => {
      const pod = await withOne();
      const before = structuredClone(pod.metadata?.labels);
      const plan = await claimPlan(pod, { uid: "again" });
      expect(plan.claims).to.have.lengthOf(1);
      expect(patchedBy(pod, plan).metadata?.labels).to.deep.equal({
        ...before,
        ...labelsOf(namesOf(plan)[0]),
      });
    });

    it(`W4: creates a claim for ${name} only, when ${other} has its claim but the labels are gone`, async () => {
      const pod = await withOne();
      if (pod.metadata) pod.metadata.labels = { app: "copy" };
      const kept = pod.spec?.volumes?.find((volume) => volume.name === other);
      const plan = await claimPlan(pod, { uid: "again" });
      expect(plan.claims).to.have.lengthOf(1);
      expect(plan.warnings.map(fieldMessage)).to.deep.equal([
        keeps(other, kept?.persistentVolumeClaim?.claimName),
      ]);
      const again = patchedBy(pod, plan);
      expect(again.spec?.volumes).to.deep.include(kept);
      const [claim] = namesOf(plan);
      expect(again.metadata?.labels).to.deep.equal({
        app: "copy",
        ...labelsOf(claim),
        // Lists find Pods by this label.
        "volume-claim/name": claim,
      });
      expect((await planPod(aRequest(again))).kind).to.equal("allow");
    });
  }

  const mirror = { ...cacheAnnotations, "kubernetes.io/config.mirror": "x" };
  const restored = withClaim("restored-name", {
    "volume-claim/cache": "old-name",
  });
  const version = "v1";
  const allowed: [what: string, over: Partial<AdmissionRequest>][] = [
    ["an update", { operation: "UPDATE" }],
    ["a deletion without object", { operation: "DELETE", object: null }],
    ["a creation without object", { object: null }],
    ["a subresource", { subResource: "eviction" }],
    ...[
      { group: "apps", resource: "deployments" },
      { group: "", resource: "services" },
      { group: "metrics.k8s.io", resource: "pods" },
    ].map((of): (typeof allowed)[number] => [
      `${of.resource} of group "${of.group}"`,
      { resource: { version, ...of } },
    ]),
    ["a Pod without our annotations", { object: aPod({ annotations: {} }) }],
    ["a mirror Pod (W8)", { object: aPod({ annotations: mirror }) }],
    [
      "a restored Pod whose claim has got another name by the restore (W4)",
      { object: restored },
    ],
  ];
  for (const [what, over] of allowed)
    it(`allows ${what} without a change, and gives a reason`, async () => {
      const plan = await planPod(aRequest(aPod(), over));
      expect(plan.kind).to.equal("allow");
      expect(plan).to.have.property("reason").with.length.above(10);
    });

  const wrongSize = { ...cacheAnnotations, [TEMPLATE_STORAGE]: "10GB" };
  const wrongSizeProblem = {
    message: `annotation ${TEMPLATE_STORAGE}: "10GB" is not a Kubernetes quantity; write it like 10Gi or 500M`,
    path: ["metadata", "annotations", TEMPLATE_STORAGE],
  };

  it("W9: names the wrong annotation first, then every wrong volume, each with its place", async () => {
    const pod = aPod({
      annotations: wrongSize,
      volumes: [{ name: "cache", hostPath: { path: "/x" } }],
    });
    expect(await problemsOf(pod)).to.deep.equal([
      wrongSizeProblem,
      {
        message:
          'spec.volumes[0] "cache" is of type hostPath; only an emptyDir can become a claim',
        path: ["spec", "volumes", 0],
      },
    ]);
  });

  it("W9: names a path that two volumes share only once", async () => {
    const pod = structuredClone(both);
    for (const mount of pod.spec?.containers[0]?.volumeMounts ?? [])
      mount.mountPath = "/var";
    expect(await problemsOf(pod))
      .to.have.lengthOf(1)
      .and.to.have.nested.property(
        "[0].message",
        'spec.containers[0].volumeMounts[1] "wal" has the path of spec.containers[0].volumeMounts[0] "data", "/var"; give each a path of its own',
      );
  });

  it("W9: rejects a claim of somebody else, even if the Pod has labels of other volumes", async () => {
    const pod = withClaim("cache-web-0", {
      "volume-claim/other": "web-cache-k4vtq2xw8n",
    });
    expect(await problemsOf(pod)).to.have.lengthOf(1);
  });

  it("names only the wrong annotation when every volume has its claim already", async () => {
    const pod = withClaim("mine", { "volume-claim/cache": "mine" });
    Object.assign(pod.metadata?.annotations ?? {}, wrongSize);
    expect(await problemsOf(pod)).to.deep.equal([wrongSizeProblem]);
  });

  it("W3, W10: changes only what the contract names, in any Pod with any volumes, and nothing when it is called again", async () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const volume = fc.record({
      name,
      claimed: fc.boolean(),
      declared: fc.boolean(),
      inInitContainer: fc.boolean(),
      /** The source of a volume that gets no claim. */
      type: fc.constantFrom<Omit<V1Volume, "name">>(
        { emptyDir: { medium: "Memory" } },
        { configMap: { name: "settings" } },
        { hostPath: { path: "/var/log" } },
        { persistentVolumeClaim: { claimName: "shared" } },
      ),
    });
    // Fields that the function does not know or does not use.
    const others = fc.dictionary(
      fc.stringMatching(/^x[A-Za-z~/]{1,9}$/),
      fc.jsonValue({ maxDepth: 2 }),
      { maxKeys: 4 },
    );
    const labelKey = fc.oneof(
      name,
      fc.constantFrom("a/b", "a~b", "a~1b/c", "__proto__x", "constructor"),
    );
    const pods = fc.record({
      labels: fc.option(fc.dictionary(labelKey, name, { maxKeys: 5 }), {
        nil: undefined,
      }),
      volumes: fc.uniqueArray(volume, {
        selector: (one) => one.name,
        maxLength: 8,
      }),
      generateName: fc.option(name, { nil: undefined }),
      annotations: fc.dictionary(labelKey, fc.string(), { maxKeys: 3 }),
      inMetadata: others,
      inSpec: others,
    });
    await fc.assert(
      fc.asyncProperty(
        pods,
        fc.uuid(),
        async ({ volumes: drawn, ...rest }, uid) => {
          const { annotations, generateName, inMetadata, inSpec, labels } =
            rest;
          // A volume with the name "name" must be the first one; another test covers it.
          const all = drawn.filter((one) => one.name !== "name");
          const claimed = all.filter((one) => one.claimed);
          const declared = all.filter((one) => !one.claimed || one.declared);
          fc.pre(claimed.length > 0);
          const pod = aPod({
            annotations: { ...annotations, ...templatesOf(claimed) },
            volumes: declared.map(volumeOf),
            mounts: claimed
              .filter((one) => !one.inInitContainer)
              .map((one) => one.name),
            ...(labels && { labels }),
          });
          Object.assign(pod.metadata ?? {}, inMetadata);
          if (pod.metadata && generateName)
            pod.metadata.generateName = generateName;
          const initContainer = {
            name: "first",
            volumeMounts: claimed
              .filter((one) => one.inInitContainer)
              .map((one) => ({
                name: one.name,
                mountPath: `/first/${one.name}`,
              })),
          };
          Object.assign(pod.spec ?? {}, inSpec, {
            initContainers: [initContainer],
          });
          const received = structuredClone(pod);
          const plan = await claimPlan(pod, { uid });
          expect(pod, "the request stays as it was").to.deep.equal(received);

          const claims = namesOf(plan);
          expect(new Set(claims).size).to.equal(claimed.length);
          const claimOf = new Map(
            claimed.map((one, index) => [one.name, claims[index] ?? ""]),
          );
          const wanted = structuredClone(received);
          if (wanted.metadata)
            wanted.metadata.labels = {
              ...labels,
              "volume-claim/name": claims[0] ?? "",
              ...Object.fromEntries(
                [...claimOf].map(([of, claim]) => [
                  `volume-claim/${of}`,
                  claim,
                ]),
              ),
            };
          const added = claimed.filter((one) => !one.declared);
          if (wanted.spec)
            wanted.spec.volumes = [...declared, ...added].map((one) => {
              const claimName = claimOf.get(one.name);
              return claimName === undefined
                ? volumeOf(one)
                : { name: one.name, persistentVolumeClaim: { claimName } };
            });
          const after = patchedBy(received, plan);
          expect(after).to.deep.equal(wanted);
          expect(
            await planPod(aRequest(after, { uid: "again" })),
          ).to.deep.equal({
            kind: "allow",
            reason: "every volume has its claim already",
            warnings: [],
          });
        },
      ),
    );
  });
});
