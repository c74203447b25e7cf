import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { nameOf } from "../../support/pods-and-claims.ts";
import { expectOneBoundClaimEach } from "../steps/claims.ts";
import {
  apply,
  claimNamesIn,
  core,
  functionAtZero,
  functionPods,
} from "../steps/cluster.ts";
import { measured } from "../steps/mocha-output.ts";
import { useNamespace } from "../steps/namespaces.ts";
import {
  deploymentWithClaims,
  filesSeenBy,
  firstReadyPod,
  inPod,
  readyPods,
} from "../steps/workloads.ts";

const namespace = "e2e-waking";

describe("the function at zero", () => {
  useNamespace(namespace);

  it("goes to zero when no Pod asks for a claim", async () => {
    measured("the function went to zero", await functionAtZero());
    expect(await functionPods()).to.deep.equal([]);
  });

  it("W14 wakes inside the admission of a Deployment, whose three Pods run on a volume each", async () => {
    const startedAt = performance.now();
    await apply(deploymentWithClaims(namespace, "cache", 3));
    const pods = await readyPods(namespace, "cache", 3);
    measured("three Pods ready, from zero", performance.now() - startedAt);

    expect(await claimNamesIn(namespace)).to.have.members(
      await expectOneBoundClaimEach(namespace, pods),
    );
    for (const pod of pods)
      expect(await filesSeenBy(pod), nameOf(pod)).to.deep.equal([nameOf(pod)]);
    // Only this admission can have started it.
    expect(await functionPods()).to.not.be.empty;
    const { items: events } = await core.listNamespacedEvent({
      namespace,
      fieldSelector: "reason=FailedCreate",
    });
    expect(events.map(({ message }) => message)).to.deep.equal([]);
  });

  it("keeps a Pod's data over a restart of its container", async () => {
    const pod = await firstReadyPod(namespace, "cache", 3);
    // The container ends a second later: otherwise it ends this command too, and kubectl reports a failure.
    await inPod(
      pod,
      "echo kept > /data/kept; sync; (sleep 1; kill -TERM 1) > /dev/null 2>&1 < /dev/null &",
    );
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
    expect(await filesSeenBy(pod)).to.have.members([nameOf(pod), "kept"]);
  });
});
