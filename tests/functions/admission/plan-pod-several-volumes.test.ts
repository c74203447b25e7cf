import { expect } from "chai";
import { fieldMessage } from "../../../functions/field/field-error.ts";
import { planPod } from "../../../functions/admission/plan-pod.ts";
import { aPod, aRequest } from "../../support/builders.ts";
import { claimPlan, patchedBy, templatesOf } from "./claim-plan.ts";
import { told } from "../field/told.ts";

describe("planPod with several volumes", () => {
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
    const [data, wal] = plan.claims.map(
      ({ manifest }) => manifest.metadata.name,
    );
    expect(data).to.match(/^web-5d4f8c7b9-data-[a-z0-9]{10}$/);
    expect(wal).to.match(/^web-5d4f8c7b9-wal-[a-z0-9]{10}$/);
    const patched = patchedBy(aPod(both), plan);
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

  it("W9: tells once of a path that two of them share", async () => {
    const pod = aPod(both);
    for (const container of pod.spec?.containers ?? [])
      for (const mount of container.volumeMounts ?? [])
        mount.mountPath = "/var";
    const plan = await planPod(aRequest(pod));
    if (plan.kind !== "deny") throw new Error(`not refused: ${plan.kind}`);
    expect(plan.errors.map(fieldMessage)).to.deep.equal([
      'spec.containers[0].volumeMounts[1] "wal" has the path of spec.containers[0].volumeMounts[0] "data", "/var"; give each a path of its own',
    ]);
  });

  it("W3: claims only what has no claim yet, and leaves the label of the first template's claim to it", async () => {
    const patched = patchedBy(
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
        ({ manifest }) => manifest.metadata.name,
      );
      expect(more).to.deep.equal([]);
      expect(patchedBy(pod, plan).metadata?.labels).to.deep.equal({
        ...before,
        [`volume-claim/${name}`]: made,
        ...(name === "data" && { "volume-claim/name": made }),
      });
    }
  });

  it("W4: claims what has no claim yet, and leaves to the other what it has, without the labels that somebody dropped", async () => {
    const patched = patchedBy(
      aPod(both),
      await claimPlan(aRequest(aPod(both), { uid: "before" })),
    );
    for (const [name, other] of [
      ["data", "wal"],
      ["wal", "data"],
    ] as const) {
      const pod = structuredClone(patched);
      if (pod.metadata) pod.metadata.labels = { app: "copy" };
      pod.spec?.volumes?.forEach((volume, index, volumes) => {
        if (volume.name === name) volumes[index] = { name, emptyDir: {} };
      });
      const kept = pod.spec?.volumes?.find((volume) => volume.name === other);
      const plan = await claimPlan(aRequest(pod, { uid: "again" }));
      const [made, ...more] = plan.claims.map(
        ({ manifest }) => manifest.metadata.name,
      );
      expect(more).to.deep.equal([]);
      expect(plan.warnings.map(fieldMessage)).to.deep.equal([
        `volume "${other}" keeps claim "${kept?.persistentVolumeClaim?.claimName}", which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir`,
      ]);
      const again = patchedBy(pod, plan);
      expect(again.spec?.volumes).to.deep.include(kept);
      expect(again.metadata?.labels).to.deep.equal({
        app: "copy",
        [`volume-claim/${name}`]: made,
        ...(name === "data" && { "volume-claim/name": made }),
      });
      expect((await planPod(aRequest(again))).kind).to.equal("allow");
    }
  });

  it("allows a volume called name in the first place, where its label means the same", async () => {
    const pod = aPod({
      annotations: templatesOf([{ name: "name" }, { name: "wal" }]),
      volumes: [],
      mounts: ["name", "wal"],
    });
    const plan = await claimPlan(aRequest(pod));
    const [first, second] = plan.claims.map(
      ({ manifest }) => manifest.metadata.name,
    );
    expect(patchedBy(pod, plan).metadata?.labels).to.deep.equal({
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
    if (plan.kind !== "deny") throw new Error(plan.kind);
    expect({ ...plan, errors: told(plan.errors) }).to.deep.equal({
      kind: "deny",
      errors: [
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
    expect(plan.claims[0]?.manifest.metadata.labels).to.deep.equal({
      team: "search",
      managed: "true",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "volume-claim-template/name": "data",
    });
    expect(plan.claims[0]?.manifest.metadata.annotations).to.deep.equal({
      "example.com/backup": "yes",
      "volume-claim-template/retention": "Retain",
      "volume-claim-template/idle-ttl": "7d",
      "volume-claim-template/finished-pods": "Release",
      "volume-claim/owner-kind": "ReplicaSet",
      "volume-claim/owner-name": "web-5d4f8c7b9",
      "volume-claim/owner-uid": "0c7a2c1e-rs",
      "volume-claim/request-uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
      "volume-claim/requested-at": "2030-01-01T12:00:00.000Z",
    });
  });
});
