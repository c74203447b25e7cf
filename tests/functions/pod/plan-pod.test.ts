import { expect } from "chai";
import fc from "fast-check";
import jsonpatch from "fast-json-patch";
import type { V1Pod, V1Volume } from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import { planPod } from "../../../functions/pod/plan-pod.ts";
import type { Plan } from "../../../functions/pod/plan-pod.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";

type ClaimPlan = Extract<Plan, { kind: "claim" }>;

function claimPlan(request: AdmissionRequest): ClaimPlan {
  const plan = planPod(request);
  if (plan.kind !== "claim")
    throw new Error(`expected a claim, got ${JSON.stringify(plan)}`);
  return plan;
}

function apply(pod: V1Pod, plan: ClaimPlan): V1Pod {
  return jsonpatch.applyPatch(structuredClone(pod), [...plan.patch], true)
    .newDocument;
}

function paths(pod: V1Pod): string[] {
  return claimPlan(aRequest(pod)).patch.map(({ op, path }) => `${op} ${path}`);
}

describe("planPod", () => {
  it("makes the claim of the contract", () => {
    const { claims } = claimPlan(aRequest(aPod()));
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

  it("replaces the placeholder and labels the Pod", () => {
    const plan = claimPlan(aRequest(aPod()));
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

  it("adds a volume that is only mounted, by a container or an init container", () => {
    const init: V1Pod = aPod({ volumes: [], mounts: [] });
    init.spec?.containers.splice(0, 1, { name: "app" });
    if (init.spec)
      init.spec.initContainers = [
        { name: "fill", volumeMounts: [{ name: "cache", mountPath: "/c" }] },
      ];
    for (const pod of [aPod({ volumes: [] }), init]) {
      const plan = claimPlan(aRequest(pod));
      expect(apply(pod, plan).spec?.volumes).to.deep.equal([
        {
          name: "cache",
          persistentVolumeClaim: { claimName: plan.claims[0]?.metadata.name },
        },
      ]);
    }
  });

  it("W10: adds the labels map only when it is absent, else each key", () => {
    expect(paths(aPod())).to.include("add /metadata/labels");
    expect(
      paths(aPod({ labels: { app: "web", "pod-template-hash": "5d4f8c7b9" } })),
    )
      .to.include.members([
        "add /metadata/labels/volume-claim~1cache",
        "add /metadata/labels/volume-claim~1name",
      ])
      .and.not.to.include("add /metadata/labels");
  });

  it("W3: leaves a Pod alone that has its claim already, whatever the request", () => {
    const pod = apply(aPod(), claimPlan(aRequest(aPod())));
    expect(planPod(aRequest(pod, { uid: "another" }))).to.deep.equal({
      kind: "leave",
      reason: "every volume has its claim already",
    });
  });

  it("W4: leaves a restored Pod alone whose claim was given another name by the restore", () => {
    const pod = aPod({
      labels: { "volume-claim/cache": "old-name" },
      volumes: [
        {
          name: "cache",
          persistentVolumeClaim: { claimName: "restored-name" },
        },
      ],
    });
    expect(planPod(aRequest(pod)).kind).to.equal("leave");
  });

  it("W18: warns of a Pod that bypasses the scheduler", () => {
    const pod = aPod();
    if (pod.spec) pod.spec.nodeName = "node-1";
    expect(claimPlan(aRequest(pod)).warnings).to.have.lengthOf(1);
    expect(claimPlan(aRequest(aPod())).warnings).to.have.lengthOf(0);
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
    it(`${name.startsWith("W") ? "" : "allows "}${name}${name.startsWith("W") ? " is allowed untouched" : " untouched, with a reason"}`, () => {
      const plan = planPod(aRequest(pod ?? aPod(), over));
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
    it(`W9: refuses ${name} and names the volume`, () => {
      const plan = planPod(
        aRequest(aPod({ volumes, ...(mounts && { mounts }) })),
      );
      expect(plan.kind).to.equal("refuse");
      if (plan.kind === "refuse")
        expect(plan.problems.join()).to.include(says).and.to.include('"cache"');
    });
  }

  it("takes the namespace from the request, since a Pod from a template may have none", () => {
    expect(claimPlan(aRequest(aPod())).claims[0]?.metadata.namespace).to.equal(
      "shop",
    );
  });

  it("changes nothing but what the contract says, for any Pod, and twice is once", () => {
    const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const volume = fc.record({ name, emptyDir: fc.constant({}) });
    const labelKey = fc.oneof(
      name,
      fc.constantFrom("a/b", "a~b", "a~1b/c", "__proto__x", "constructor"),
    );
    const pods = fc.record({
      labels: fc.option(fc.dictionary(labelKey, name, { maxKeys: 5 }), {
        nil: undefined,
      }),
      before: fc.uniqueArray(volume, {
        selector: (one) => one.name,
        maxLength: 4,
      }),
      declared: fc.boolean(),
      generateName: fc.option(name, { nil: undefined }),
    });
    fc.assert(
      fc.property(
        pods,
        fc.uuid(),
        ({ before, declared, generateName, labels }, uid) => {
          const others = before.filter(({ name: other }) => other !== "cache");
          const volumes = declared
            ? [...others, { name: "cache", emptyDir: {} }]
            : others;
          const pod = aPod({ volumes, ...(labels && { labels }) });
          if (pod.metadata && generateName)
            pod.metadata.generateName = generateName;
          const received = structuredClone(pod);
          const plan = claimPlan(aRequest(pod, { uid }));
          expect(pod, "the request is not touched").to.deep.equal(received);

          const claim = plan.claims[0]?.metadata.name ?? "";
          const wanted = structuredClone(received);
          if (wanted.metadata)
            wanted.metadata.labels = {
              ...labels,
              "volume-claim/name": claim,
              "volume-claim/cache": claim,
            };
          if (wanted.spec)
            wanted.spec.volumes = [
              ...others,
              { name: "cache", persistentVolumeClaim: { claimName: claim } },
            ];
          const patched = apply(received, plan);
          expect(patched).to.deep.equal(wanted);
          expect(planPod(aRequest(patched, { uid: "again" })).kind).to.equal(
            "leave",
          );
        },
      ),
    );
  });
});
