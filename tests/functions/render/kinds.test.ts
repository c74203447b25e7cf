import { expect } from "chai";
import { stringify } from "yaml";
import { claim, claimed, metadata, template } from "./annotated-objects.ts";
import { rendered, renderedOne } from "./rendered.ts";

describe("renderFiles and the kinds of objects", () => {
  const cases: readonly {
    readonly name: string;
    /** The object around a template. */
    readonly around: (template: object) => object;
    readonly claimName?: string;
  }[] = [
    ...[
      "Deployment",
      "StatefulSet",
      "DaemonSet",
      "ReplicaSet",
      "ReplicationController",
      "Job",
      "Rollout",
      "Service",
      "Configuration",
      "CloneSet",
    ].map((kind) => ({
      name: `a ${kind}`,
      around: (inner: object) => ({
        kind,
        metadata,
        spec: { before: 1, template: inner, after: 2 },
      }),
    })),
    {
      name: "a CronJob",
      around: (inner) => ({
        kind: "CronJob",
        metadata,
        spec: { jobTemplate: { spec: { template: inner } } },
      }),
    },
    {
      name: "a PodTemplate",
      around: (inner) => ({ kind: "PodTemplate", metadata, template: inner }),
    },
    {
      name: "a kind that has its template in a list",
      around: (inner) => ({
        kind: "RayCluster",
        metadata,
        spec: { workerGroupSpecs: [{ groupName: "a" }, { template: inner }] },
      }),
    },
    {
      name: "what has only a generateName",
      around: (inner) => ({
        kind: "Job",
        metadata: { generateName: "web-" },
        spec: { template: inner },
      }),
    },
  ];
  for (const { name, around } of cases)
    it(`renders ${name}`, async () => {
      const { object, templates } = await renderedOne(
        stringify(around(template)),
      );
      expect(object).to.deep.equal(around(claimed("web-cache-<hash>")));
      expect(templates.flatMap(({ claims }) => claims)).to.deep.equal([
        claim("web-cache-<hash>"),
      ]);
    });

  it("renders a Knative Service, whose containers need no names", async () => {
    const { object, templates } =
      await renderedOne(`apiVersion: serving.knative.dev/v1
kind: Service
metadata: { name: web }
spec:
  template:
    metadata:
      annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
    spec:
      containers: [{ image: app, volumeMounts: [{ name: cache, mountPath: /cache }] }]
      volumes: [{ name: cache, emptyDir: {} }]
`);
    expect(templates.flatMap(({ claims }) => claims)).to.deep.equal([
      claim("web-cache-<hash>"),
    ]);
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[0].persistentVolumeClaim.claimName",
      "web-cache-<hash>",
    );
  });

  it("renders the items of a typed list as what they are", async () => {
    const { workload, object } = await renderedOne(
      stringify({
        apiVersion: "apps/v1",
        kind: "DeploymentList",
        items: [{ metadata, spec: { template } }],
      }),
    );
    expect(workload).to.equal("Deployment/web");
    expect(object).to.deep.equal({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata,
      spec: { template: claimed("web-cache-<hash>") },
    });
  });

  it("renders a Pod, which keeps its own name", async () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      spec: template.spec,
      metadata: { ...metadata, ...template.metadata },
    };
    const { object, workload } = await renderedOne(stringify(pod));
    expect(workload).to.equal("Pod/web");
    expect(object).to.deep.equal({
      ...pod,
      ...claimed("web-cache-<hash>"),
      metadata: {
        ...pod.metadata,
        labels: {
          "volume-claim/cache": "web-cache-<hash>",
          "volume-claim/name": "web-cache-<hash>",
        },
      },
    });
  });

  it("renders several templates of one object, and leaves those alone that ask for nothing", async () => {
    const { metadata: _, ...plain } = template;
    const { object, templates } = await renderedOne(
      stringify({
        kind: "LeaderWorkerSet",
        metadata,
        spec: {
          leaderTemplate: plain,
          workerTemplate: template,
          third: template,
        },
      }),
    );
    expect(templates).to.have.lengthOf(2);
    expect(object["spec"]).to.deep.equal({
      leaderTemplate: plain,
      workerTemplate: claimed("web-cache-<hash>"),
      third: claimed("web-cache-<hash>"),
    });
  });

  it("renders nothing of an object of which one template is wrong", async () => {
    const { metadata: _, ...wrong } = template;
    const { renderings, problems } = await rendered(
      stringify({
        kind: "LeaderWorkerSet",
        metadata,
        spec: {
          leaderTemplate: template,
          workerTemplate: {
            ...wrong,
            metadata: {
              annotations: { "volume-claim-template/name": "cache" },
            },
          },
        },
      }),
    );
    expect(renderings).to.deep.equal([]);
    expect(problems).to.have.lengthOf(1);
    expect(problems[0]).to.include(
      "LeaderWorkerSet/web spec.workerTemplate: annotation volume-claim-template/storage is missing",
    );
  });

  it("passes over what is not for it", async () => {
    for (const object of [
      { kind: "Service", metadata, spec: { ports: [] } },
      {
        kind: "Deployment",
        metadata,
        spec: { template: { spec: template.spec } },
      },
      { kind: "Pod", metadata, spec: { containers: "none" } },
      { kind: "Pod", ...claimed("web-cache-4k8s2tq7xw") },
      { apiVersion: "v1" },
      claim("web-cache-4k8s2tq7xw"),
    ])
      expect(await rendered(stringify(object))).to.deep.equal({
        renderings: [],
        problems: [],
        warnings: [],
      });
  });
});
