import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import {
  fakeCluster,
  type FakeCluster,
  type FakeObjects,
} from "./fake-kubectl.ts";

const webhook =
  "mutatingwebhookconfiguration.admissionregistration.k8s.io/10-stateful-deployments";

describe("the end-to-end suite on a cluster of KUBECONFIG", function () {
  // Node and mocha load the suites.
  this.timeout(60_000);
  let cluster: FakeCluster | undefined;

  async function given(objects: FakeObjects): Promise<FakeCluster> {
    cluster = await fakeCluster(objects);
    return cluster;
  }

  afterEach(() => cluster?.remove());

  for (const { name, objects, found } of [
    {
      name: "our namespace",
      objects: ["namespace/default", "namespace/stateful-deployments"],
      found: "namespace/stateful-deployments",
    },
    { name: "our webhook", objects: [webhook], found: webhook },
    {
      name: "namespaces of a run",
      objects: ["namespace/e2e-rollout", "namespace/e2e-burst"],
      found: "namespace/e2e-rollout, namespace/e2e-burst",
    },
  ])
    it(`does nothing, and says so in a line, where ${name} is there already`, async () => {
      const { run, calls } = await given({ objects });
      const suite = run();
      expect(await suite.exited).to.deep.equal([3, null]);
      expect(suite.shown()).to.match(/^end to end: not run; .*\n$/);
      expect(suite.shown()).to.include(`has ${found}, which`);
      for (const call of await calls()) expect(call).to.match(/^get /);
    });

  it("is not held up by what others have", async () => {
    const { run, calls } = await given({
      objects: [
        "namespace/my-e2e-tests",
        "namespace/stateful-deployments-of-others",
        "mutatingwebhookconfiguration.admissionregistration.k8s.io/20-others",
      ],
    });
    const suite = run("--only", "is ready");
    await eventually("installed", async () =>
      (await calls()).some((call) => call.startsWith("apply ")),
    );
    suite.process.kill("SIGTERM");
    expect(await suite.exited).to.deep.equal([143, null]);
  });

  it("when interrupted, ends its tests first and then removes what it has made, and nothing else", async () => {
    const made = [
      "namespace/stateful-deployments",
      "namespace/e2e-waking",
      "namespace/e2e-rollout",
      webhook,
    ];
    const { run, calls } = await given({
      objects: ["namespace/default"],
      cordoned: ["node/broken"],
      made,
      cordonedThen: ["node/drained"],
    });
    const suite = run();
    await eventually("installed", async () =>
      (await calls()).some((call) => call.startsWith("apply ")),
    );
    suite.process.kill("SIGINT");
    expect(await suite.exited).to.deep.equal([130, null]);

    const after = await calls();
    const changes = after
      .slice(after.findIndex((call) => call.startsWith("apply ")) + 1)
      .filter((call) => !call.startsWith("get "));
    expect(changes).to.have.length(4);
    expect(changes[0]).to.match(
      /^delete mutatingwebhookconfiguration 10-stateful-deployments /,
    );
    expect(changes[1]).to.equal("uncordon node/drained");
    expect(changes[2]).to.match(
      /^delete namespace e2e-waking e2e-rollout --ignore-not-found/,
    );
    expect(changes[3]).to.match(
      /^delete -k \/.*\/manifests\/overlays\/kourier /,
    );
    for (const change of changes)
      expect(suite.shown()).to.include(
        `  kubectl ${change.replace(" --timeout=5m", "")}\n`,
      );
    expect(await processesOf("fake-kubectl-")).to.deep.equal([]);
  });
});
