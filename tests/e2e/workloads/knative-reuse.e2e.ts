import { readFile } from "node:fs/promises";
import path from "node:path";
import type {
  KubernetesObject,
  V1Pod,
  V1PodTemplateSpec,
} from "@kubernetes/client-node";
import { expect } from "chai";
import { parse } from "yaml";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import { apply, claimNamesIn, kubectl, podsIn } from "../steps/cluster.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import { sweepWithoutGrace } from "../steps/our-jobs.ts";
import { images } from "../steps/overlay.ts";
import { firstReadyPod, inPod, shellImage } from "../steps/workloads.ts";

const namespace = "e2e-knative-reuse";
/** A minute without a request, then half a minute in which Knative's proxy drains; the rest is for a busy machine. */
const zeroTimeoutMs = 240_000;

interface KnativeService extends KubernetesObject {
  readonly spec: {
    readonly template: V1PodTemplateSpec & {
      spec?: { timeoutSeconds?: number };
    };
  };
}

/** In the place of the model server: each Pod adds a file to the weights, and answers with the names of all that are there. */
const server = `
  const { readdirSync, writeFileSync } = require("node:fs");
  writeFileSync("/weights/" + require("node:os").hostname(), "weights");
  require("node:http")
    .createServer((request, response) => response.end(readdirSync("/weights").join("\\n")))
    .listen(process.env.PORT);
  process.on("SIGTERM", () => process.exit(0));
`;

/** The Service of the example, with a program that the cluster has. */
async function readService(): Promise<KnativeService> {
  const file = path.join(
    import.meta.dirname,
    "../../../examples/knative-service-reuse.yaml",
  );
  const service = parse(await readFile(file, "utf8")) as KnativeService;
  const { metadata, spec } = service.spec.template;
  const [container] = spec?.containers ?? [];
  if (metadata === undefined || spec === undefined || container === undefined)
    throw new Error(`${file} has no template with annotations and a container`);
  container.image = images["stateful-deployments/function"];
  container.command = ["node", "--eval", server];
  // Knative's default: this cluster has a shorter window, which would end a Pod while its claim is still reserved for it.
  metadata.annotations = {
    ...metadata.annotations,
    "autoscaling.knative.dev/window": "60s",
  };
  // Also the grace period of its Pods. When a namespace goes, Kubernetes looks for what is left after half of that.
  spec.timeoutSeconds = 40;
  return { ...service, metadata: { ...service.metadata, namespace } };
}

/** Sends the requests, from inside the cluster. */
const caller: V1Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { namespace, name: "caller", labels: { app: "caller" } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: "main", image: shellImage, command: ["sleep", "infinity"] },
    ],
  },
};

describe("examples/knative-service-reuse.yaml, scaled to zero and called again", () => {
  let claims: string[] = [];
  let first = "";

  useNamespace(namespace, caller);
  before(async () => {
    await apply(await readService());
    await kubectl(
      `wait ksvc/model --namespace ${namespace} --for=condition=Ready --timeout=120s`,
    );
  });

  /** The Pods of the Service, also those that are ending. */
  const servers = (): Promise<V1Pod[]> =>
    podsIn(namespace, "serving.knative.dev/service=model");

  /** Calls the Service. Returns the names of the files that its Pod has. */
  async function call(): Promise<string[]> {
    const pod = await firstReadyPod(namespace, "caller", 1);
    const url = `http://model.${namespace}.svc.cluster.local`;
    return (await inPod(pod, `wget -q -O - ${url}`)).split("\n");
  }

  it("its first Pod fills a new claim", async () => {
    const files = await call();
    const pods = await servers();
    claims = await expectOneBoundClaimEach(namespace, pods);
    expect(claims).to.have.lengthOf(1);
    expect(files).to.deep.equal(pods.map(nameOf));
    [first = ""] = files;
  });

  it("at zero its claim stays, whatever sweeps come", async () => {
    await eventually(
      "no Pod of the Service",
      async () => (await servers()).length === 0,
      zeroTimeoutMs,
    );
    await sweepWithoutGrace(namespace);
    await sweepWithoutGrace(namespace);
    expect(await claimNamesIn(namespace)).to.deep.equal(claims);
  });

  it("a request wakes a Pod on that claim, which has what the first one wrote", async () => {
    const calledAt = performance.now();
    const files = await call();
    measured("answered, from zero", performance.now() - calledAt);
    const [second, ...others] = await servers();
    if (second === undefined) expect.fail("no Pod has answered");
    expect(others).to.be.empty;
    expect(nameOf(second)).to.not.equal(first);
    expect(files).to.have.members([first, nameOf(second)]);
    expect(await expectOneBoundClaimEach(namespace, [second])).to.deep.equal(
      claims,
    );
    expect(await claimNamesIn(namespace)).to.deep.equal(claims);
  });
});
