import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { admissionSuite } from "../../support/admission-suite.ts";
import {
  applyExample,
  claimByPod,
  examplesDirectory,
  settled,
  templateIn,
} from "../../support/examples.ts";
import { nameOf } from "../../support/pods-and-claims.ts";

describe("the examples", function () {
  this.timeout(60_000);
  const suite = admissionSuite();

  const cases = [
    { name: "disk-cache", pods: 3, storage: "10Gi" },
    { name: "mounted-only", pods: 2, storage: "5Gi" },
    { name: "postgres", pods: 3, storage: "20Gi" },
    {
      name: "read-write-many",
      pods: 3,
      storage: "20Gi",
      mode: "ReadWriteMany",
      storageClassName: "shared-files",
    },
  ];
  for (const {
    name,
    pods: count,
    storage,
    mode = "ReadWriteOnce",
    storageClassName = "standard",
  } of cases) {
    it(`${name}.yaml: ${count} Pods run, each on a Bound claim of its own of ${storage}, ${mode}, class ${storageClassName}`, async () => {
      const namespace = await applyExample(suite, name);
      const found = await settled(suite, namespace, count);
      expect([...claimByPod(found).values()]).to.have.members(
        found.claims.map(nameOf),
      );
      expect(
        new Set(found.claims.map(({ spec }) => spec?.volumeName)),
      ).to.have.lengthOf(count);
      for (const { spec, status } of found.claims) {
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

  it("mounted-only.yaml: the volume is added to Pods that mount it without declaring it", async () => {
    const namespace = await applyExample(suite, "mounted-only");
    const found = await settled(suite, namespace, 2);
    for (const { metadata, spec } of found.pods) {
      const claim = metadata?.labels?.["volume-claim/workspace"];
      expect(spec?.volumes).to.deep.include({
        name: "workspace",
        persistentVolumeClaim: { claimName: claim },
      });
    }
  });

  it("mounted-only.yaml: in the template of a Deployment, Kubernetes itself refuses what it shows, as the manifest says", async () => {
    const { spec } = (await settledPods()).at(0) ?? {};
    const [container] = spec?.containers ?? [];
    const { exitCode, stderr } = await suite.controlPlane.kubectl(
      ["create", "--dry-run=server", "-f", "-"],
      {
        input: JSON.stringify({
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "agents" },
          spec: {
            selector: { matchLabels: { app: "agent" } },
            template: {
              metadata: { labels: { app: "agent" } },
              spec: {
                containers: [
                  {
                    name: "agent",
                    image: container?.image,
                    volumeMounts: container?.volumeMounts?.slice(0, 1),
                  },
                ],
              },
            },
          },
        }),
      },
    );
    expect(exitCode).to.equal(1);
    expect(stderr).to.include('volumeMounts[0].name: Not found: "workspace"');

    async function settledPods() {
      const namespace = await applyExample(suite, "mounted-only");
      return (await settled(suite, namespace, 2)).pods;
    }
  });

  for (const name of ["disk-cache", "postgres"]) {
    it(`${name}.yaml: containers and security context, fsGroup among it, stay as they were written`, async () => {
      const namespace = await applyExample(suite, name);
      const { pods } = await settled(suite, namespace, 3);
      const template = templateIn(name).spec;
      for (const { spec } of pods) {
        expect(spec?.securityContext).to.deep.equal(template?.securityContext);
        expect(spec?.securityContext?.fsGroup).to.be.a("number");
        const [container] = spec?.containers ?? [];
        expect(container?.env).to.deep.equal(template?.containers[0]?.env);
        // Behind it comes the token of the ServiceAccount.
        expect(container?.volumeMounts?.[0]).to.deep.equal(
          template?.containers[0]?.volumeMounts?.[0],
        );
      }
    });
  }

  it("have a line in examples/README.md each", () => {
    const readme = readFileSync(join(examplesDirectory, "README.md"), "utf8");
    const linked = [...readme.matchAll(/\]\(([a-z/-]+\.yaml)\)/g)].map(
      ([, file]) => file,
    );
    const files = readdirSync(examplesDirectory, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith(".yaml"));
    expect(linked).to.have.members(files);
  });
});
