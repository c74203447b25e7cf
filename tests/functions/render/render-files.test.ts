import { expect } from "chai";
import { stringify } from "yaml";
import {
  ANNOTATIONS,
  deployment,
  itReports,
  rendered,
  renderedOne,
  template,
} from "./rendered.ts";

const NOTHING = { renderings: [], problems: [], warnings: [] };
const CLAIM = "web-cache-<hash>";
const metadata = { name: "web" };

/** A Pod template, with or without its claim. */
interface Template {
  readonly metadata: object;
  readonly spec: object;
}

/** The template with its claim. */
const claimed = {
  metadata: {
    ...template.metadata,
    labels: { "volume-claim/cache": CLAIM, "volume-claim/name": CLAIM },
  },
  spec: {
    ...template.spec,
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", persistentVolumeClaim: { claimName: CLAIM } },
    ],
  },
};

const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    name: CLAIM,
    labels: {
      managed: "true",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "volume-claim-template/name": "cache",
    },
    annotations: {
      "volume-claim/request-uid": "<uid>",
      "volume-claim/requested-at": "<time>",
    },
  },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  },
};

describe("render shows the claim and the template of", () => {
  const around: Readonly<Record<string, (inner: Template) => object>> = {
    "a Deployment": (inner) => ({
      kind: "Deployment",
      metadata,
      spec: { before: 1, template: inner, after: 2 },
    }),
    "a CronJob": (inner) => ({
      kind: "CronJob",
      metadata,
      spec: { jobTemplate: { spec: { template: inner } } },
    }),
    "a PodTemplate": (inner) => ({
      kind: "PodTemplate",
      metadata,
      template: inner,
    }),
    "a kind with its template in a list": (inner) => ({
      kind: "RayCluster",
      metadata,
      spec: { workerGroupSpecs: [{ groupName: "a" }, { template: inner }] },
    }),
    "a Job with only a generateName": (inner) => ({
      kind: "Job",
      metadata: { generateName: "web-" },
      spec: { template: inner },
    }),
    "a Knative Service, whose containers have no names": (inner) => ({
      apiVersion: "serving.knative.dev/v1",
      kind: "Service",
      metadata,
      spec: {
        template: {
          ...inner,
          spec: { ...inner.spec, containers: [{ image: "app" }] },
        },
      },
    }),
    "a Pod, which keeps its name": (inner) => ({
      apiVersion: "v1",
      kind: "Pod",
      ...inner,
      metadata: { ...metadata, ...inner.metadata },
    }),
  };
  for (const [name, objectAround] of Object.entries(around))
    it(name, async () => {
      const { object, templates } = await renderedOne(
        stringify(objectAround(template)),
      );
      expect(object).to.deep.equal(objectAround(claimed));
      expect(templates.flatMap(({ claims }) => claims)).to.deep.equal([claim]);
    });

  it("an object with several templates, and leaves out those without annotations", async () => {
    const { metadata: _, ...plain } = template;
    const leaderAnd = (workers: object): string =>
      stringify({
        kind: "LeaderWorkerSet",
        metadata,
        spec: { leader: plain, ...workers },
      });
    const { object, templates } = await renderedOne(
      leaderAnd({ worker: template, third: template }),
    );
    expect(templates).to.have.lengthOf(2);
    expect(object["spec"]).to.deep.equal({
      leader: plain,
      worker: claimed,
      third: claimed,
    });

    const wrong = { annotations: { "volume-claim-template/name": "cache" } };
    const { renderings, problems } = await rendered(
      leaderAnd({ worker: template, third: { ...plain, metadata: wrong } }),
    );
    expect(renderings, "one template is wrong").to.deep.equal([]);
    expect(problems).to.have.lengthOf(1);
    expect(problems[0]).to.include(
      "LeaderWorkerSet/web spec.third: annotation volume-claim-template/storage is missing",
    );
  });

  it("no object without annotations, and none that has its claims", async () => {
    for (const object of [
      { kind: "Service", metadata, spec: { ports: [] } },
      { kind: "Deployment", spec: { template: { spec: template.spec } } },
      { kind: "Pod", metadata, spec: { containers: "none" } },
      { kind: "Pod", ...claimed },
      { apiVersion: "v1" },
      claim,
    ])
      expect(await rendered(stringify(object))).to.deep.equal(NOTHING);
  });
});

describe("render", () => {
  it("names the claims after the controller, whatever the name of the template", async () => {
    const named = { ...template.metadata, name: "mine" };
    const { object } = await renderedOne(
      deployment({ ...template, metadata: named }),
    );
    expect(object).to.have.nested.property(
      "spec.template.metadata.name",
      "mine",
    );
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[1].persistentVolumeClaim.claimName",
      CLAIM,
    );
  });

  it("uses the namespace of the manifest, else that of the command line, else none", async () => {
    for (const [own, given, expected] of [
      [{ namespace: "a" }, "b", "a"],
      [{}, "b", "b"],
      [{}, undefined, undefined],
    ] as const) {
      const one = await renderedOne(deployment(template, own), given);
      expect(one.namespace).to.equal(expected);
      expect(one.templates[0]?.claims[0]?.metadata.namespace).to.equal(
        expected,
      );
    }
  });

  it("changes nothing that an anchor shares with a template", async () => {
    const { object } = await renderedOne(`kind: Deployment
metadata: { name: web }
shared: &volumes [{ name: cache, emptyDir: {} }]
spec:
  template:
    metadata: { annotations: ${ANNOTATIONS} }
    spec:
      containers: [{ name: app }]
      volumes: *volumes
`);
    expect(object["shared"]).to.deep.equal([{ name: "cache", emptyDir: {} }]);
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[0].persistentVolumeClaim",
    );
  });

  it("reads a null as an absent field, as the API server does", async () => {
    const { object } = await renderedOne(`kind: Deployment
metadata: { name: web, creationTimestamp: null }
spec:
  template:
    metadata: { creationTimestamp: null, annotations: ${ANNOTATIONS} }
    spec:
      containers: [{ name: app }]
      initContainers:
      volumes:
        - name: cache
          emptyDir:
`);
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[0].persistentVolumeClaim",
    );
  });

  it("shows a placeholder for a snapshot that is chosen when the Pod is created", async () => {
    const annotations = {
      ...template.metadata.annotations,
      "volume-claim-template/data-source": "VolumeSnapshot?app=shop",
    };
    const { templates } = await renderedOne(
      deployment({ ...template, metadata: { annotations } }),
    );
    expect(templates[0]?.claims[0]?.spec.dataSource).to.deep.equal({
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "<newest with app=shop>",
    });
  });

  it("W8: skips a mirror Pod, as the function does", async () => {
    const annotations = {
      ...template.metadata.annotations,
      "kubernetes.io/config.mirror": "x",
    };
    expect(
      await rendered(deployment({ ...template, metadata: { annotations } })),
    ).to.deep.equal(NOTHING);
  });

  it("accepts a StatefulSet's own volume under a label that was copied from our Pod, as the policy does", async () => {
    for (const [labels, count] of [
      [{ "volume-claim/cache": "db-cache-x" }, 0],
      [{}, 1],
    ] as const) {
      const labelled = { ...template.metadata, labels };
      const { problems } = await rendered(
        stringify({
          kind: "StatefulSet",
          metadata: { name: "db" },
          spec: {
            template: { ...template, metadata: labelled },
            volumeClaimTemplates: [{ metadata: { name: "cache" } }],
          },
        }),
      );
      expect(problems).to.have.lengthOf(count);
    }
  });
});

describe("render warns of", () => {
  itReports("render warns of");

  it("neither a bare Pod whose volume is only mounted, nor the life cycle of a claim", async () => {
    const { volumes: _, ...mounted } = template.spec;
    const retained = {
      metadata: {
        annotations: { "volume-claim-template/retention": "Retain" },
      },
    };
    for (const object of [
      { kind: "Pod", ...template, spec: mounted },
      { kind: "PersistentVolumeClaim", ...retained },
      { kind: "StatefulSet", spec: { volumeClaimTemplates: [retained] } },
    ])
      expect((await rendered(stringify(object))).warnings).to.deep.equal([]);
  });
});
