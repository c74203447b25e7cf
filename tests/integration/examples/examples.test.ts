import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { V1PersistentVolumeClaim, V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { renderFiles } from "../../../functions/render/render-files.ts";
import { admissionSuite } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import {
  applyExample,
  claimByPod,
  examplePath,
  examplesDirectory,
  settled,
  templateIn,
} from "../../support/examples.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import { differences } from "../../support/object-differences.ts";
import { nameOf, readPodsAndClaims } from "../../support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../support/pods-and-claims.ts";

/** What an example gets. */
interface Case {
  readonly pods: number;
  readonly storage: string;
  readonly mode?: string;
  readonly storageClassName?: string;
  /** The Job to delete when its Pods have finished. */
  readonly job?: string;
}

const CASES: Readonly<Record<string, Case>> = {
  "disk-cache": { pods: 3, storage: "10Gi" },
  "disk-cache-statefulset": { pods: 3, storage: "10Gi" },
  "mounted-only": { pods: 2, storage: "5Gi" },
  postgres: { pods: 3, storage: "20Gi" },
  "read-write-many": {
    pods: 3,
    storage: "20Gi",
    mode: "ReadWriteMany",
    storageClassName: "shared-files",
  },
  job: { pods: 3, storage: "50Gi", job: "job/big-sort" },
  cronjob: { pods: 1, storage: "20Gi", job: "job/now" },
};

interface Applied extends PodsAndClaims {
  readonly namespace: string;
}

describe("the examples", function () {
  this.timeout(90_000);
  const suite = admissionSuite();
  const applied = new Map<string, Applied>();

  before(async function () {
    this.timeout(300_000);
    const namespaces = await Promise.all(
      Object.keys(CASES).map((name) => applyExample(suite, name)),
    );
    for (const [index, [name, { pods, job }]] of Object.entries(
      CASES,
    ).entries()) {
      const namespace = namespaces[index] ?? "";
      if (name === "cronjob")
        await kubectl(
          `-n ${namespace} create job now --from=cronjob/disk-benchmark`,
        );
      const phase = job ? "Succeeded" : "Running";
      const one = await settled(suite, namespace, pods, phase);
      applied.set(name, { namespace, ...one });
    }
  });

  async function kubectl(command: string): Promise<void> {
    const { exitCode, stderr } = await suite.controlPlane.kubectl(
      command.split(" "),
    );
    expect(exitCode, stderr).to.equal(0);
  }

  function found(name: string): Applied {
    const one = applied.get(name);
    if (one === undefined) throw new Error(`${name} was not applied`);
    return one;
  }

  for (const [name, expected] of Object.entries(CASES)) {
    const { pods, storage, mode = "ReadWriteOnce" } = expected;
    const { storageClassName = "standard" } = expected;
    it(`${name}.yaml: each of ${pods} Pods has a Bound claim of its own of ${storage}, ${mode}, class ${storageClassName}`, () => {
      const { claims, ...rest } = found(name);
      expect([...claimByPod({ claims, ...rest }).values()]).to.have.members(
        claims.map(nameOf),
      );
      expect(
        new Set(claims.map(({ spec }) => spec?.volumeName)),
      ).to.have.property("size", pods);
      for (const { spec, status } of claims) {
        expect({ ...spec, volumeName: "" }).to.deep.equal({
          accessModes: [mode],
          resources: { requests: { storage } },
          storageClassName,
          volumeMode: "Filesystem",
          volumeName: "",
        });
        expect(status).to.deep.include({
          accessModes: [mode],
          capacity: { storage },
          phase: "Bound",
        });
      }
    });
  }

  for (const name of ["disk-cache", "read-write-many", "mounted-only", "job"])
    it(`${name}.yaml: render shows what the function makes of it`, async () => {
      const { namespace, pods, claims } = found(name);
      const file = examplePath(name);
      const { renderings } = await renderFiles(
        [{ file, text: readFileSync(file, "utf8") }],
        namespace,
      );
      const seen: string[] = [];
      for (const { workload, templates, object } of renderings) {
        const [shown] = templates.flatMap((one) => one.claims);
        const owner = workload.split("/")[1] ?? "?";
        const own = pods.filter((pod) => nameOf(pod).startsWith(owner));
        expect(own).not.to.deep.equal([]);
        for (const pod of own) {
          const claimName = pod.metadata?.labels?.["volume-claim/name"] ?? "";
          const claim = claims.find((one) => nameOf(one) === claimName);
          seen.push(claimName);
          expect(claim?.metadata?.labels).to.deep.equal(shown?.metadata.labels);
          expect(ofTemplate(claim?.metadata?.annotations)).to.deep.equal(
            ofTemplate(shown?.metadata.annotations),
          );
          expect(claim?.spec).to.deep.include(shown?.spec);

          const placeholder = shown?.metadata.name ?? "?";
          const { spec, metadata } = JSON.parse(
            JSON.stringify(podTemplateOf(object)).replaceAll(
              placeholder,
              claimName,
            ),
          ) as V1Pod;
          expect(pod.metadata?.labels).to.include(metadata?.labels);
          expect(pod.spec?.volumes).to.deep.include.members(
            spec?.volumes ?? [],
          );
        }
      }
      expect(seen).to.have.members(claims.map(nameOf));
    });

  for (const name of ["disk-cache", "postgres"])
    it(`${name}.yaml: the function changes neither containers nor security context, fsGroup included`, () => {
      const template = templateIn(name).spec;
      for (const { spec } of found(name).pods) {
        expect(spec?.securityContext).to.deep.equal(template?.securityContext);
        expect(spec?.securityContext?.fsGroup).to.be.a("number");
        const [container] = spec?.containers ?? [];
        expect(container?.env).to.deep.equal(template?.containers[0]?.env);
        // After it comes the token of the ServiceAccount.
        expect(container?.volumeMounts?.[0]).to.deep.equal(
          template?.containers[0]?.volumeMounts?.[0],
        );
      }
    });

  it("mounted-only.yaml: Kubernetes rejects the same in the template of a Deployment, as the manifest says", async () => {
    const [{ spec } = {}] = found("mounted-only").pods;
    const [{ image, volumeMounts } = {}] = spec?.containers ?? [];
    const labels = { app: "agent" };
    const container = { name: "agent", image, volumeMounts };
    const template = {
      metadata: { labels },
      spec: { containers: [container] },
    };
    const deployment = {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "agents" },
      spec: { selector: { matchLabels: labels }, template },
    };
    const { exitCode, stderr } = await suite.controlPlane.kubectl(
      ["create", "--dry-run=server", "-f", "-"],
      { input: JSON.stringify(deployment) },
    );
    expect(exitCode).to.equal(1);
    expect(stderr).to.include('volumeMounts[0].name: Not found: "workspace"');
  });

  it("disk-cache.yaml has the Pod template of disk-cache-statefulset.yaml, except annotations, label and placeholder", () => {
    expect(
      differences(
        templateIn("disk-cache"),
        templateIn("disk-cache-statefulset"),
      ).map(({ path }) => path),
    ).to.deep.equal([
      "metadata.annotations.volume-claim-template/name",
      "metadata.annotations.volume-claim-template/storage",
      "metadata.labels.app",
      "spec.volumes.0.name",
    ]);
  });

  it("disk-cache.yaml gets the claims of disk-cache-statefulset.yaml, except names, labels and annotations", () => {
    const ours = found("disk-cache").claims;
    const theirs = found("disk-cache-statefulset").claims;
    for (const [index, claim] of ours.entries())
      expect(
        differences(lasting(claim), lasting(theirs[index])).map(
          ({ path }) => path,
        ),
      ).to.deep.equal([
        "metadata.annotations.volume-claim/owner-kind",
        "metadata.annotations.volume-claim/owner-name",
        "metadata.annotations.volume-claim/owner-uid",
        "metadata.annotations.volume-claim/request-uid",
        "metadata.annotations.volume-claim/requested-at",
        "metadata.labels.app",
        "metadata.labels.app.kubernetes.io/managed-by",
        "metadata.labels.managed",
        "metadata.labels.volume-claim-template/name",
        "metadata.name",
      ]);
    for (const name of ours.map(nameOf))
      expect(name).to.match(/^build-cache-\w+-cache-\w{10}$/);
    expect(theirs.map(nameOf)).to.deep.equal(
      [0, 1, 2].map((ordinal) => `cache-build-cache-set-${ordinal}`),
    );
  });

  it("disk-cache.yaml rolls with surge, and every new Pod has a claim of its own", async () => {
    const { namespace, ...first } = found("disk-cache");
    const before = claimByPod(first);
    for (const step of ["restart", "status --timeout=60s"])
      await kubectl(`-n ${namespace} rollout ${step} deployment/build-cache`);
    const now = await settled(suite, namespace, 3);
    const after = claimByPod(now);
    expect(after).not.to.have.any.keys(...before.keys());
    const claims = [...before.values(), ...after.values()];
    expect(new Set(claims)).to.have.lengthOf(6);
    expect(now.claims.map(nameOf)).to.have.members(claims);
  });

  for (const [name, { job }] of Object.entries(CASES)) {
    if (job === undefined) continue;
    it(`J4: ${name}.yaml: finished Pods keep their claims through a sweep, and the claims are deleted with the Pods`, async () => {
      const { namespace, claims } = found(name);
      await sweepNamespace(suite.controlPlane, namespace);
      const swept = await readPodsAndClaims(suite.core, namespace);
      expect(swept.claims.map(nameOf)).to.deep.equal(claims.map(nameOf));
      for (const { metadata } of swept.claims)
        expect(metadata?.deletionTimestamp).to.equal(undefined);

      await kubectl(`-n ${namespace} delete ${job}`);
      await eventually("Pods and claims are gone", async () => {
        const now = await readPodsAndClaims(suite.core, namespace);
        return now.pods.length === 0 && now.claims.length === 0;
      });
    });
  }

  it("have a line in examples/README.md each", () => {
    const readme = readFileSync(join(examplesDirectory, "README.md"), "utf8");
    const linked = [...readme.matchAll(/\]\(([a-z/-]+\.yaml)\)/g)].map(
      ([, file]) => file,
    );
    const files = readdirSync(examplesDirectory, { recursive: true })
      .map(String)
      // What the demonstration needs is no example.
      .filter((file) => file.endsWith(".yaml") && !file.startsWith("demo/"));
    expect(linked).to.have.members(files);
  });
});

/** The annotations that come from the template, and not from one Pod or from Kubernetes. */
function ofTemplate(
  annotations: Readonly<Record<string, string>> = {},
): object {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) =>
      key.startsWith("volume-claim-template/"),
    ),
  );
}

function podTemplateOf(object: unknown): unknown {
  const { spec } = object as { readonly spec: { readonly template?: unknown } };
  return spec.template ?? object;
}

/** A claim without the metadata that the server gives to every object, and without the name of its volume. */
function lasting(claim: V1PersistentVolumeClaim | undefined): unknown {
  const { name, labels, annotations, finalizers, ownerReferences } =
    claim?.metadata ?? {};
  return {
    metadata: { name, labels, annotations, finalizers, ownerReferences },
    spec: { ...claim?.spec, volumeName: "" },
    status: claim?.status,
  };
}
