import { expect } from "chai";
import { stringify } from "yaml";
import { deployment, template } from "./annotated-objects.ts";
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

describe("renderManifest", () => {
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
