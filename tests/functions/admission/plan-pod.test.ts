import { expect } from "chai";
import type { V1Pod } from "@kubernetes/client-node";
import type { AdmissionRequest } from "../../../functions/admission/review.ts";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { aPod, aRequest, cacheAnnotations } from "../../support/builders.ts";
import { told } from "../field/told.ts";
import { claimPlan, patchedBy } from "./claim-plan.ts";

async function paths(pod: V1Pod): Promise<string[]> {
  const { patch } = await claimPlan(aRequest(pod));
  return patch.map(({ op, path }) => `${op} ${path}`);
}

describe("planPod", () => {
  it("makes the claim of the contract", async () => {
    const { claims } = await claimPlan(aRequest(aPod()));
    const name = claims[0]?.manifest.metadata.name;
    expect(claims).to.deep.equal([
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
    expect(name).to.match(/^web-5d4f8c7b9-cache-[a-z0-9]{10}$/);
  });

  it("replaces the placeholder and labels the Pod", async () => {
    const plan = await claimPlan(aRequest(aPod()));
    const name = plan.claims[0]?.manifest.metadata.name;
    const patched = patchedBy(aPod(), plan);
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
      expect(patchedBy(pod, plan).spec?.volumes).to.deep.equal([
        {
          name: "cache",
          persistentVolumeClaim: {
            claimName: plan.claims[0]?.manifest.metadata.name,
          },
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

  it("W4: leaves a Pod alone whose labels somebody dropped, and says what it takes for its claim", async () => {
    const pod = patchedBy(aPod(), await claimPlan(aRequest(aPod())));
    delete pod.metadata?.labels;
    const claim = pod.spec?.volumes?.[0]?.persistentVolumeClaim?.claimName;
    const plan = await planPod(aRequest(pod, { uid: "another" }));
    if (plan.kind !== "allow") throw new Error(plan.kind);
    expect({ ...plan, warnings: told(plan.warnings) }).to.deep.equal({
      kind: "allow",
      reason: "every volume has its claim already",
      warnings: [
        {
          message: `volume "cache" keeps claim "${claim}", which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
          path: ["spec", "volumes", 0],
        },
      ],
    });
  });

  it("W9: refuses somebody's claim, whatever labels the Pod has of other volumes", async () => {
    const pod = aPod({
      labels: { "volume-claim/other": "web-cache-k4vtq2xw8n" },
      volumes: [
        { name: "cache", persistentVolumeClaim: { claimName: "cache-web-0" } },
      ],
    });
    const plan = await planPod(aRequest(pod));
    expect(plan.kind).to.equal("deny");
  });

  it("W3: leaves a Pod alone that has its claim already, whatever the request", async () => {
    const pod = patchedBy(aPod(), await claimPlan(aRequest(aPod())));
    expect(await planPod(aRequest(pod, { uid: "another" }))).to.deep.equal({
      kind: "allow",
      reason: "every volume has its claim already",
      warnings: [],
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
    expect((await planPod(aRequest(pod))).kind).to.equal("allow");
  });

  it("claims a placeholder under a label that was copied from another Pod", async () => {
    const pod = aPod({ labels: { "volume-claim/cache": "of-another-pod" } });
    const plan = await claimPlan(aRequest(pod));
    expect(patchedBy(pod, plan).metadata?.labels).to.have.property(
      "volume-claim/cache",
      plan.claims[0]?.manifest.metadata.name,
    );
  });

  it("W2: names the claim after the request: the same for the same one, another for another", async () => {
    const [first, again, other] = await Promise.all(
      ["first", "first", "other"].map(async (uid) => {
        const { claims } = await claimPlan(aRequest(aPod(), { uid }));
        return claims[0]?.manifest.metadata.name;
      }),
    );
    expect(again).to.equal(first);
    expect(other).not.to.equal(first);
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
        name: "another resource of the same group",
        over: { resource: { group: "", version: "v1", resource: "services" } },
      },
      {
        name: "a resource of the same name in another group",
        over: {
          resource: {
            group: "metrics.k8s.io",
            version: "v1beta1",
            resource: "pods",
          },
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
      expect(plan.kind).to.equal("allow");
      expect(plan).to.have.property("reason").with.length.above(10);
    });
  }

  it("takes the namespace from the request, since a Pod from a template may have none", async () => {
    const { claims } = await claimPlan(aRequest(aPod()));
    expect(claims[0]?.manifest.metadata.namespace).to.equal("shop");
  });
});
