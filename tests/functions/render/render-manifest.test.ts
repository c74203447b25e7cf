import { expect } from "chai";
import { stringify } from "yaml";
import { rendered, renderedOne } from "./rendered.ts";

const template = {
  metadata: {
    annotations: {
      "volume-claim-template/name": "cache",
      "volume-claim-template/storage": "1Gi",
    },
  },
  spec: {
    containers: [
      { name: "app", volumeMounts: [{ name: "cache", mountPath: "/cache" }] },
    ],
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", emptyDir: {} },
    ],
  },
};

const claimed = (name: string): object => ({
  metadata: {
    ...template.metadata,
    labels: { "volume-claim/cache": name, "volume-claim/name": name },
  },
  spec: {
    ...template.spec,
    volumes: [
      { name: "other", configMap: { name: "x" } },
      { name: "cache", persistentVolumeClaim: { claimName: name } },
    ],
  },
});

const claim = (name: string, namespace?: string): object => ({
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: {
    name,
    ...(namespace && { namespace }),
    labels: {
      managed: "true",
      "app.kubernetes.io/managed-by": "stateful-deployments",
      "volume-claim-template/name": "cache",
    },
    annotations: { "volume-claim/request-uid": "<uid>" },
  },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
  },
});

const metadata = { name: "web" };

function deployment(own: object): string {
  return stringify({
    kind: "Deployment",
    metadata: { ...metadata, ...own },
    spec: { template },
  });
}

async function namespaceIn(
  text: string,
  namespace?: string,
): Promise<string | undefined> {
  const one = await renderedOne(text, namespace);
  expect(one.templates[0]?.claims[0]?.metadata.namespace).to.equal(
    one.namespace,
  );
  return one.namespace;
}

describe("renderManifest", () => {
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

  it("names the Pods after their controller, whatever name the template has", async () => {
    const { object } = await renderedOne(
      stringify({
        kind: "Deployment",
        metadata,
        spec: {
          template: {
            ...template,
            metadata: { ...template.metadata, name: "mine" },
          },
        },
      }),
    );
    expect(object).to.have.nested.property(
      "spec.template.metadata.name",
      "mine",
    );
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[1].persistentVolumeClaim.claimName",
      "web-cache-<hash>",
    );
  });

  it("takes the namespace of the manifest, else that of the command line, else none", async () => {
    expect(await namespaceIn(deployment({ namespace: "a" }), "b")).to.equal(
      "a",
    );
    expect(await namespaceIn(deployment({}), "b")).to.equal("b");
    expect(await namespaceIn(deployment({}))).to.equal(undefined);
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

  it("shows nothing that a terminal obeys", async () => {
    const { warnings } = await rendered(
      'kind: "a\\e[31mb\\n"\nmetadata: { annotations: { volume-claim-template/name: c } }\n',
    );
    expect(warnings).to.deep.equal([
      "a.yaml:2:28: a [31mb  metadata.annotations: nothing reads volume-claim-template/name here; annotations belong on the Pod template",
    ]);
  });

  it("changes nothing that an anchor shares with a template", async () => {
    const { object } = await renderedOne(`kind: Deployment
metadata: { name: web }
shared: &volumes [{ name: cache, emptyDir: {} }]
spec:
  template:
    metadata:
      annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
    spec:
      containers: [{ name: app }]
      volumes: *volumes
`);
    expect(object["shared"]).to.deep.equal([{ name: "cache", emptyDir: {} }]);
    expect(object).to.have.nested.property(
      "spec.template.spec.volumes[0].persistentVolumeClaim",
    );
  });

  it("takes what is null for absent, as the API server does", async () => {
    const { object } = await renderedOne(`kind: Deployment
metadata: { name: web, creationTimestamp: null }
spec:
  template:
    metadata:
      creationTimestamp: null
      annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
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

  it("shows that a snapshot is chosen when the Pod is created", async () => {
    const { templates } = await renderedOne(
      stringify({
        kind: "Deployment",
        metadata,
        spec: {
          template: {
            ...template,
            metadata: {
              annotations: {
                ...template.metadata.annotations,
                "volume-claim-template/data-source": "VolumeSnapshot?app=shop",
              },
            },
          },
        },
      }),
    );
    expect(templates[0]?.claims[0]?.spec.dataSource).to.deep.equal({
      apiGroup: "snapshot.storage.k8s.io",
      kind: "VolumeSnapshot",
      name: "<newest with app=shop>",
    });
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

  describe("warns", () => {
    const warnings: readonly {
      readonly name: string;
      readonly text: string;
      readonly says: string;
    }[] = [
      {
        name: "of annotations on the workload instead of its Pod template",
        text: `kind: Deployment
metadata:
  name: web
  annotations:
    volume-claim-template/name: cache
    volume-claim-template/storage: 1Gi
spec:
  template:
    spec:
      containers: [{ name: app }]
`,
        says: "a.yaml:5:5: Deployment/web metadata.annotations: nothing reads volume-claim-template/name, volume-claim-template/storage here; annotations belong on the Pod template, spec.template.metadata.annotations",
      },
      {
        name: "of annotations on the Job of a CronJob",
        text: `kind: CronJob
metadata: { name: nightly }
spec:
  jobTemplate:
    metadata:
      annotations: { volume-claim-template/name: cache }
    spec:
      template:
        spec: { containers: [{ name: app }] }
`,
        says: "a.yaml:6:22: CronJob/nightly spec.jobTemplate.metadata.annotations: nothing reads volume-claim-template/name here; annotations belong on the Pod template, spec.jobTemplate.spec.template.metadata.annotations",
      },
      {
        name: "of a volume that Kubernetes wants declared",
        text: stringify({
          kind: "Deployment",
          metadata,
          spec: {
            template: {
              ...template,
              spec: { containers: template.spec.containers },
            },
          },
        }),
        says: 'a.yaml:10:5: Deployment/web spec.template: volume "cache" is used but not declared, which Kubernetes itself refuses in the Pod template of most kinds; declare it as an emptyDir',
      },
      {
        name: "of a node that is named, as the function does",
        text: stringify({
          kind: "Deployment",
          metadata,
          spec: {
            template: {
              ...template,
              spec: { ...template.spec, nodeName: "a" },
            },
          },
        }),
        says: 'a.yaml:10:5: Deployment/web spec.template: spec.nodeName "a" bypasses the scheduler: a claim of a WaitForFirstConsumer class will never bind',
      },
    ];
    for (const { name, text, says } of warnings)
      it(name, async () => {
        const { warnings: said, problems } = await rendered(text);
        expect(said).to.deep.equal([says]);
        expect(problems).to.deep.equal([]);
      });

    it("of nothing where a bare Pod's volume is only mounted, or a claim has a life cycle", async () => {
      const { volumes: _, ...spec } = template.spec;
      for (const object of [
        { kind: "Pod", metadata: { ...metadata, ...template.metadata }, spec },
        {
          kind: "PersistentVolumeClaim",
          metadata: {
            annotations: { "volume-claim-template/retention": "Retain" },
          },
        },
        {
          kind: "StatefulSet",
          spec: {
            volumeClaimTemplates: [
              {
                metadata: {
                  annotations: { "volume-claim-template/retention": "Retain" },
                },
              },
            ],
          },
        },
      ])
        expect((await rendered(stringify(object))).warnings).to.deep.equal([]);
    });
  });
});
