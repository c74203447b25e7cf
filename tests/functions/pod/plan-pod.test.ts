import { expect } from "chai";
import fc from "fast-check";
import jsonpatch from "fast-json-patch";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import { planPod } from "../../../functions/pod/plan-pod.ts";
import type { Plan } from "../../../functions/pod/plan-pod.ts";
import { describeProblems } from "../../../functions/pod/problem.ts";
import { MALFORMED } from "../../control-plane/templates/malformed.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";

type ClaimPlan = Extract<Plan, { kind: "claim" }>;

async function claimPlan(request: AdmissionRequest): Promise<ClaimPlan> {
  const plan = await planPod(request);
  if (plan.kind !== "claim")
    throw new Error(`expected a claim, got ${JSON.stringify(plan)}`);
  return plan;
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
    "volume-claim-template/templates": JSON.stringify(
      metadata.map(({ name, labels, annotations }) => ({
        metadata: { name, labels, annotations },
        spec,
      })),
    ),
  };
}

function apply(pod: V1Pod, plan: ClaimPlan): V1Pod {
  return jsonpatch.applyPatch(structuredClone(pod), [...plan.patch], true)
    .newDocument;
}

async function paths(pod: V1Pod): Promise<string[]> {
  const { patch } = await claimPlan(aRequest(pod));
  return patch.map(({ op, path }) => `${op} ${path}`);
}

describe("planPod", () => {
  it("makes the claim of the contract", async () => {
    const { claims } = await claimPlan(aRequest(aPod()));
    const name = claims[0]?.metadata.name;
    expect(claims).to.deep.equal([
      {
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
            "volume-claim/request-uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
          },
        },
        spec: {
          accessModes: ["ReadWriteOnce"],
          resources: { requests: { storage: "1Gi" } },
        },
      },
    ]);
    expect(name).to.match(/^web-5d4f8c7b9-cache-[a-z0-9]{10}$/);
  });

  it("replaces the placeholder and labels the Pod", async () => {
    const plan = await claimPlan(aRequest(aPod()));
    const name = plan.claims[0]?.metadata.name;
    const patched = apply(aPod(), plan);
    expect(patched.spec?.volumes).to.deep.equal([
      { name: "cache", persistentVolumeClaim: { claimName: name } },
    ]);
    expect(patched.metadata?.labels).to.deep.equal({
      "volume-claim/name": name,
      "volume-claim/cache": name,
    });
  });

  it("adds a volume that is only mounted, by a container or an init container", async () => {
    const init: V1Pod = aPod({ volumes: [], mounts: [] });
    init.spec?.containers.splice(0, 1, { name: "app" });
    if (init.spec)
      init.spec.initContainers = [
        { name: "fill", volumeMounts: [{ name: "cache", mountPath: "/c" }] },
      ];
    for (const pod of [aPod({ volumes: [] }), init]) {
      const plan = await claimPlan(aRequest(pod));
      expect(apply(pod, plan).spec?.volumes).to.deep.equal([
        {
          name: "cache",
          persistentVolumeClaim: { claimName: plan.claims[0]?.metadata.name },
        },
      ]);
    }
  });

  it("W10: adds the labels map only when it is absent, else each key", async () => {
    expect(await paths(aPod())).to.include("add /metadata/labels");
    expect(
      await paths(
        aPod({ labels: { app: "web", "pod-template-hash": "5d4f8c7b9" } }),
      ),
    )
      .to.include.members([
        "add /metadata/labels/volume-claim~1cache",
        "add /metadata/labels/volume-claim~1name",
      ])
      .and.not.to.include("add /metadata/labels");
  });

  it("W3: leaves a Pod alone that has its claim already, whatever the request", async () => {
    const pod = apply(aPod(), await claimPlan(aRequest(aPod())));
    expect(await planPod(aRequest(pod, { uid: "another" }))).to.deep.equal({
      kind: "leave",
      reason: "every volume has its claim already",
    });
  });

  it("W4: leaves a restored Pod alone whose claim was given another name by the restore", async () => {
    const pod = aPod({
      labels: { "volume-claim/cache": "old-name" },
      volumes: [
        {
          name: "cache",
          persistentVolumeClaim: { claimName: "restored-name" },
        },
      ],
    });
    expect((await planPod(aRequest(pod))).kind).to.equal("leave");
  });

  it("W18: warns of a Pod that bypasses the scheduler", async () => {
    const pod = aPod();
    if (pod.spec) pod.spec.nodeName = "node-1";
    expect((await claimPlan(aRequest(pod))).warnings).to.have.lengthOf(1);
    expect((await claimPlan(aRequest(aPod()))).warnings).to.have.lengthOf(0);
  });

  const left: { name: string; over: Partial<AdmissionRequest>; pod?: V1Pod }[] =
    [
      { name: "an update", over: { operation: "UPDATE" } },
      {
        name: "a deletion without object",
        over: { operation: "DELETE", object: null },
      },
      { name: "a creation without object", over: { object: null } },
      { name: "a subresource", over: { subResource: "eviction" } },
      {
        name: "another resource",
        over: {
          resource: { group: "apps", version: "v1", resource: "deployments" },
        },
      },
      {
        name: "a Pod without our annotations",
        over: {},
        pod: aPod({ annotations: {} }),
      },
      {
        name: "W8: a mirror Pod",
        over: {},
        pod: aPod({
          annotations: {
            ...cacheAnnotations,
            "kubernetes.io/config.mirror": "x",
          },
        }),
      },
    ];
  for (const { name, over, pod } of left) {
    it(`${name.startsWith("W") ? "" : "allows "}${name}${name.startsWith("W") ? " is allowed untouched" : " untouched, with a reason"}`, async () => {
      const plan = await planPod(aRequest(pod ?? aPod(), over));
      expect(plan.kind).to.equal("leave");
      expect(plan).to.have.property("reason").with.length.above(10);
    });
  }

  const refused: {
    name: string;
    volumes: V1Volume[];
    mounts?: string[];
    says: string;
  }[] = [
    {
      name: "a hostPath",
      volumes: [{ name: "cache", hostPath: { path: "/x" } }],
      says: "is of type hostPath",
    },
    {
      name: "somebody's claim",
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: "mine" } },
      ],
      says: "is of type persistentVolumeClaim",
    },
    {
      name: "a generic ephemeral volume",
      volumes: [{ name: "cache", ephemeral: {} }],
      says: "is of type ephemeral",
    },
    {
      name: "a tmpfs",
      volumes: [{ name: "cache", emptyDir: { medium: "Memory" } }],
      says: 'medium "Memory"',
    },
    {
      name: "a volume that is nowhere",
      volumes: [{ name: "other", emptyDir: {} }],
      mounts: ["other"],
      says: "neither in spec.volumes nor",
    },
  ];
  for (const { name, volumes, mounts, says } of refused) {
    it(`W9: refuses ${name} and names the volume`, async () => {
      const plan = await planPod(
        aRequest(aPod({ volumes, ...(mounts && { mounts }) })),
      );
      expect(plan.kind).to.equal("refuse");
      if (plan.kind === "refuse")
        expect(describeProblems(plan.problems))
          .to.include(says)
          .and.to.include('"cache"');
    });
  }

  it("takes the namespace from the request, since a Pod from a template may have none", async () => {
    const { claims } = await claimPlan(aRequest(aPod()));
    expect(claims[0]?.metadata.namespace).to.equal("shop");
  });

  describe("with several volumes", () => {
    const both = {
      annotations: templatesOf([{ name: "data" }, { name: "wal" }]),
      volumes: [
        { name: "wal", emptyDir: {} },
        { name: "data", emptyDir: {} },
      ],
      mounts: ["data", "wal"],
    };

    it("gives each volume its claim, and the first template's claim a label of its own", async () => {
      const plan = await claimPlan(aRequest(aPod(both)));
      const [data, wal] = plan.claims.map(({ metadata }) => metadata.name);
      expect(data).to.match(/^web-5d4f8c7b9-data-[a-z0-9]{10}$/);
      expect(wal).to.match(/^web-5d4f8c7b9-wal-[a-z0-9]{10}$/);
      const patched = apply(aPod(both), plan);
      expect(patched.metadata?.labels).to.deep.equal({
        "volume-claim/name": data,
        "volume-claim/data": data,
        "volume-claim/wal": wal,
      });
      expect(patched.spec?.volumes).to.deep.equal([
        { name: "wal", persistentVolumeClaim: { claimName: wal } },
        { name: "data", persistentVolumeClaim: { claimName: data } },
      ]);
    });

    it("W3: claims only what has no claim yet, and leaves the label of the first template's claim to it", async () => {
      const patched = apply(
        aPod(both),
        await claimPlan(aRequest(aPod(both), { uid: "before" })),
      );
      for (const name of ["data", "wal"]) {
        const pod = structuredClone(patched);
        const before = structuredClone(patched.metadata?.labels);
        delete pod.metadata?.labels?.[`volume-claim/${name}`];
        pod.spec?.volumes?.forEach((volume, index, volumes) => {
          if (volume.name === name) volumes[index] = { name, emptyDir: {} };
        });
        const plan = await claimPlan(aRequest(pod, { uid: "again" }));
        const [made, ...more] = plan.claims.map(
          ({ metadata }) => metadata.name,
        );
        expect(more).to.deep.equal([]);
        expect(apply(pod, plan).metadata?.labels).to.deep.equal({
          ...before,
          [`volume-claim/${name}`]: made,
          ...(name === "data" && { "volume-claim/name": made }),
        });
      }
    });

    it("allows a volume called name in the first place, where its label means the same", async () => {
      const pod = aPod({
        annotations: templatesOf([{ name: "name" }, { name: "wal" }]),
        volumes: [],
        mounts: ["name", "wal"],
      });
      const plan = await claimPlan(aRequest(pod));
      const [first, second] = plan.claims.map(({ metadata }) => metadata.name);
      expect(apply(pod, plan).metadata?.labels).to.deep.equal({
        "volume-claim/name": first,
        "volume-claim/wal": second,
      });
    });

    it("refuses the Pod for one of them, and names every problem with its place", async () => {
      const pod = aPod({
        annotations: templatesOf([
          { name: "data" },
          { name: "wal" },
          { name: "log" },
        ]),
        volumes: [
          { name: "wal", hostPath: { path: "/wal" } },
          { name: "data", emptyDir: {} },
        ],
        mounts: ["data"],
      });
      const plan = await planPod(aRequest(pod));
      expect(plan).to.deep.equal({
        kind: "refuse",
        problems: [
          {
            message:
              'spec.volumes[0] "wal" is of type hostPath; only an emptyDir can become a claim',
            path: ["spec", "volumes", 0],
          },
          {
            message:
              'volume "log" is neither in spec.volumes nor in any container\'s volumeMounts; declare it as an emptyDir or mount it',
            path: ["spec", "volumes"],
          },
        ],
      });
    });

    it("gives the claim the labels, annotations and life cycle of its template, and its own on top", async () => {
      const annotations = {
        ...templatesOf([
          {
            name: "data",
            labels: { team: "search", managed: "true" },
            annotations: {
              "example.com/backup": "yes",
              "volume-claim-template/finished-pods": "Release",
            },
          },
        ]),
        "volume-claim-template/retention": "Retain",
        "volume-claim-template/idle-ttl": "7d",
      };
      const plan = await claimPlan(
        aRequest(aPod({ annotations, volumes: [], mounts: ["data"] })),
      );
      expect(plan.claims[0]?.metadata.labels).to.deep.equal({
        team: "search",
        managed: "true",
        "app.kubernetes.io/managed-by": "stateful-deployments",
        "volume-claim-template/name": "data",
      });
      expect(plan.claims[0]?.metadata.annotations).to.deep.equal({
        "example.com/backup": "yes",
        "volume-claim-template/retention": "Retain",
        "volume-claim-template/idle-ttl": "7d",
        "volume-claim-template/finished-pods": "Release",
        "volume-claim/owner-kind": "ReplicaSet",
        "volume-claim/owner-name": "web-5d4f8c7b9",
        "volume-claim/owner-uid": "0c7a2c1e-rs",
        "volume-claim/request-uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
      });
    });
  });

  for (const { name, annotations, volumes, says } of MALFORMED)
    it(`W9: refuses ${name}, in these very words`, async () => {
      const plan = await planPod(
        aRequest(
          aPod({
            annotations,
            volumes: [...(volumes ?? [{ name: "data", emptyDir: {} }])],
            mounts: ["data"],
          }),
        ),
      );
      expect(plan).to.have.property("kind", "refuse");
      if (plan.kind === "refuse")
        expect(plan.problems.map(({ message }) => message)).to.deep.equal(says);
    });

  it("changes nothing but what the contract says, for any Pod and any number of volumes, and twice is once", async () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const volume = fc.record({
      name,
      claimed: fc.boolean(),
      declared: fc.boolean(),
    });
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
        maxLength: 20,
      }),
      generateName: fc.option(name, { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(
        pods,
        fc.uuid(),
        async ({ generateName, labels, volumes: drawn }, uid) => {
          // A volume called "name" has to come first; there is a test of its own for it.
          const all = drawn.filter((one) => one.name !== "name");
          const claimed = all.filter((one) => one.claimed);
          const declared = all.filter((one) => !one.claimed || one.declared);
          fc.pre(claimed.length > 0);
          const pod = aPod({
            annotations: templatesOf(claimed),
            volumes: declared.map((one) => ({ name: one.name, emptyDir: {} })),
            mounts: claimed.map((one) => one.name),
            ...(labels && { labels }),
          });
          if (pod.metadata && generateName)
            pod.metadata.generateName = generateName;
          const received = structuredClone(pod);
          const plan = await claimPlan(aRequest(pod, { uid }));
          expect(pod, "the request is not touched").to.deep.equal(received);

          const claims = plan.claims.map(({ metadata }) => metadata.name);
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
                ? { name: one.name, emptyDir: {} }
                : { name: one.name, persistentVolumeClaim: { claimName } };
            });
          const patched = apply(received, plan);
          expect(patched).to.deep.equal(wanted);
          const again = await planPod(aRequest(patched, { uid: "again" }));
          expect(again.kind).to.equal("leave");
        },
      ),
    );
  });
});
