import { expect } from "chai";
import { nameOf } from "../support/pods-and-claims.ts";
import { eventually } from "../support/eventually.ts";
import { apply, claimsIn, core, functionPods, kubectl } from "./cluster.ts";
import {
  expectOneBoundClaimEach,
  filesSeenBy,
  readyPods,
} from "./one-claim-each.ts";
import { measured } from "./measured.ts";
import { deleteNamespace, functionAtZero } from "./wait.ts";
import { deploymentWithClaims, namespaceNamed } from "./workloads.ts";

const namespace = "e2e-waking";

describe("the function at zero", function () {
  before(async () => apply(namespaceNamed(namespace)));
  after(() => deleteNamespace(namespace));

  it("goes to zero when no Pod asks for a claim", async () => {
    measured("the function went to zero", await functionAtZero());
    expect(await functionPods()).to.deep.equal([]);
  });

  it("W14 wakes inside the admission of a Deployment, whose three Pods run on a volume each", async () => {
    const startedAt = performance.now();
    await apply(deploymentWithClaims(namespace, "cache", 3));
    const pods = await readyPods(namespace, "cache", 3);
    measured("three Pods ready, from zero", performance.now() - startedAt);

    const claims = await expectOneBoundClaimEach(namespace, pods);
    expect((await claimsIn(namespace)).map(nameOf).toSorted()).to.deep.equal(
      claims.toSorted(),
    );
    for (const pod of pods) {
      expect(await filesSeenBy(pod), nameOf(pod)).to.deep.equal([nameOf(pod)]);
    }
    // The wake-up was real: nobody else has started it.
    expect(await functionPods()).to.not.be.empty;
    const { items: events } = await core.listNamespacedEvent({
      namespace,
      fieldSelector: "reason=FailedCreate",
    });
    expect(events.map(({ message }) => message)).to.deep.equal([]);
  });

  it("keeps a Pod's data over a restart of its container", async () => {
    const [pod] = await readyPods(namespace, "cache", 3);
    if (pod === undefined) throw new Error("there is no Pod");
    await kubectl([
      "exec",
      "-n",
      namespace,
      nameOf(pod),
      "--",
      "sh",
      "-c",
      // A second later: a container that ends takes the command that ended it along, and kubectl would report that as a failure.
      "echo kept > /data/kept; sync; (sleep 1; kill -TERM 1) > /dev/null 2>&1 < /dev/null &",
    ]);
    await eventually(
      "the container was restarted",
      async () => {
        const { status } = await core.readNamespacedPod({
          namespace,
          name: nameOf(pod),
        });
        return (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
      },
      60_000,
    );
    await readyPods(namespace, "cache", 3);
    expect((await filesSeenBy(pod)).toSorted()).to.deep.equal(
      [nameOf(pod), "kept"].toSorted(),
    );
  });
});
