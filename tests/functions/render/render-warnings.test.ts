import { expect } from "chai";
import { stringify } from "yaml";
import { deployment, metadata, template } from "./annotated-objects.ts";
import { rendered } from "./rendered.ts";

describe("renderManifest warns", () => {
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
