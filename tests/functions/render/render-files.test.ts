import { expect } from "chai";
import { stringify } from "yaml";
import { deployment, metadata, template } from "./annotated-objects.ts";
import { rendered, renderedOne } from "./rendered.ts";

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

/** A StatefulSet that makes its volume `cache` a claim of its own, with these labels on its Pods. */
function claimingItself(labels: object): string {
  return stringify({
    kind: "StatefulSet",
    metadata: { name: "db" },
    spec: {
      template: { ...template, metadata: { ...template.metadata, labels } },
      volumeClaimTemplates: [{ metadata: { name: "cache" } }],
    },
  });
}

describe("renderFiles", () => {
  it("names the Pods after their controller, whatever name the template has", async () => {
    const { object } = await renderedOne(
      deployment({
        ...template,
        metadata: { ...template.metadata, name: "mine" },
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
    expect(
      await namespaceIn(deployment(template, { namespace: "a" }), "b"),
    ).to.equal("a");
    expect(await namespaceIn(deployment(), "b")).to.equal("b");
    expect(await namespaceIn(deployment())).to.equal(undefined);
  });

  it("shows nothing that a terminal obeys", async () => {
    const { warnings } = await rendered(
      'kind: "a\\e[31mb\\n"\nmetadata: { annotations: { volume-claim-template/name: c } }\n',
    );
    expect(warnings).to.deep.equal([
      "a.yaml:2:28: a\\u001b[31mb\\n metadata.annotations: nothing reads volume-claim-template/name here; annotations belong on the Pod template",
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
      deployment({
        ...template,
        metadata: {
          annotations: {
            ...template.metadata.annotations,
            "volume-claim-template/data-source": "VolumeSnapshot?app=shop",
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

  it("W8: leaves a mirror Pod alone, as the function does", async () => {
    const annotations = {
      ...template.metadata.annotations,
      "kubernetes.io/config.mirror": "x",
    };
    expect(
      await rendered(deployment({ ...template, metadata: { annotations } })),
    ).to.deep.equal({ renderings: [], problems: [], warnings: [] });
  });

  it("takes a StatefulSet's own volume under a label that was copied from a Pod of ours, as the policy does", async () => {
    const copied = { "volume-claim/cache": "db-cache-x" };
    expect((await rendered(claimingItself(copied))).problems).to.deep.equal([]);
    expect((await rendered(claimingItself({}))).problems).to.have.lengthOf(1);
  });
});

describe("renderFiles warns", () => {
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
      name: "of annotations on a Job template that is called as Pod templates are",
      text: `kind: JobSet
metadata: { name: nightly }
spec:
  replicatedJobs:
    - template:
        metadata:
          annotations: { volume-claim-template/name: cache }
        spec:
          template:
            spec: { containers: [{ name: app }] }
`,
      says: "a.yaml:7:26: JobSet/nightly spec.replicatedJobs[0].template.metadata.annotations: nothing reads volume-claim-template/name here; annotations belong on the Pod template, spec.replicatedJobs[0].template.spec.template.metadata.annotations",
    },
    {
      name: "of annotations below a template that is none of Pods",
      text: `kind: Machines
metadata: { name: web }
spec:
  template:
    spec:
      disk:
        metadata: { annotations: { volume-claim-template/name: cache } }
`,
      says: "a.yaml:7:36: Machines/web spec.template.spec.disk.metadata.annotations: nothing reads volume-claim-template/name here; annotations belong on the Pod template",
    },
    {
      name: "of a virtual machine, whose template has no containers",
      text: `apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: { name: vm }
spec:
  template:
    metadata:
      annotations: { volume-claim-template/name: cache, volume-claim-template/storage: 1Gi }
    spec:
      domain: { devices: {} }
`,
      says: "a.yaml:8:5: VirtualMachine/vm spec.template: what Pods come of it cannot be shown: it has no spec.containers, and what VirtualMachine makes of it is not known here",
    },
    {
      name: "of a namesake of a Deployment, whose template has no containers",
      text: `apiVersion: example.com/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata: { annotations: { volume-claim-template/name: cache } }
    spec: { image: app }
`,
      says: "a.yaml:7:5: Deployment.example.com/web spec.template: what Pods come of it cannot be shown: it has no spec.containers, and what Deployment makes of it is not known here",
    },
    {
      name: "of a volume that Kubernetes wants declared",
      text: deployment({
        ...template,
        spec: { containers: template.spec.containers },
      }),
      says: 'a.yaml:10:5: Deployment/web spec.template: volume "cache" is used but not declared, which Kubernetes itself refuses in the Pod template of most kinds; declare it as an emptyDir',
    },
    {
      name: "of a claim that was copied from a Pod without its labels, as the function does",
      text: deployment({
        ...template,
        spec: {
          ...template.spec,
          volumes: [
            {
              name: "cache",
              persistentVolumeClaim: { claimName: "web-cache-k4vtq2xw8n" },
            },
          ],
        },
      }),
      says: 'a.yaml:17:11: Deployment/web spec.template: volume "cache" keeps claim "web-cache-k4vtq2xw8n", which by its name stateful-deployments has made; every Pod that names it shares it. For a new claim, make the volume an emptyDir',
    },
    {
      name: "of what is dropped of a template, at its line, as the function does",
      text: `kind: Deployment
metadata: { name: web }
spec:
  template:
    metadata:
      annotations:
        volume-claim-template/templates: |
          - metadata:
              name: cache
              labels:
                app.kubernetes.io/instance: web
            spec:
              accessModes: [ReadWriteOnce]
              resources: { requests: { storage: 1Gi } }
    spec:
      containers: [{ name: app }]
      volumes: [{ name: cache, emptyDir: {} }]
`,
      says: 'a.yaml:11:17: Deployment/web spec.template: annotation volume-claim-template/templates: template "cache": metadata.labels["app.kubernetes.io/instance"] is dropped: Argo CD deletes what carries it and is not in Git',
    },
    {
      name: "of a node that is named, as the function does",
      text: deployment({
        ...template,
        spec: { ...template.spec, nodeName: "a" },
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
