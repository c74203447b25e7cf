import { expect } from "chai";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import { lifeCycleSuite } from "./suite.ts";
import { FINISHED_PODS, IDLE_TTL, RETENTION } from "./world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("claims of finished Pods on a real API server", function () {
  this.timeout(30_000);
  const suite = lifeCycleSuite();

  const setStatus = (name: string, status: object) =>
    suite.core.patchNamespacedPodStatus({
      namespace: suite.namespace,
      name,
      body: Object.entries(status).map(([key, value]: [string, unknown]) => ({
        op: "add",
        path: `/status/${key}`,
        value,
      })),
    });

  it("J4 finished-pods: Release lets go of what Succeeded and Failed Pods name, Keep does not", async () => {
    const claims: Record<string, string> = {};
    for (const policy of ["Keep", "Release"])
      for (const phase of ["Succeeded", "Failed", "Running"]) {
        const name = `${policy}-${phase}`.toLowerCase();
        const claim = await suite.claimWith({ [FINISHED_PODS]: policy });
        await suite.createPod(name, claim);
        await setStatus(name, { phase });
        claims[name] = claim;
      }
    const found = await suite.reasons();
    expect(
      Object.entries(claims).map(([name, claim]) => [name, found[claim]]),
    ).to.deep.equal([
      ["keep-succeeded", "in-use"],
      ["keep-failed", "in-use"],
      ["keep-running", "in-use"],
      ["release-succeeded", "only-finished-pods"],
      ["release-failed", "only-finished-pods"],
      ["release-running", "in-use"],
    ]);
    expect(await suite.names()).to.have.length(4);
  });

  it("J4 J6 finished-pods: Release waits for a second Pod that names the claim and has not finished", async () => {
    const claim = await suite.claimWith({ [FINISHED_PODS]: "Release" });
    await suite.createPod("job-1", claim);
    await suite.createPod("debug", claim, { byHand: true });
    await setStatus("job-1", { phase: "Succeeded" });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    await setStatus("debug", { phase: "Failed" });
    expect(await suite.reasons()).to.deep.equal({
      [claim]: "only-finished-pods",
    });
  });

  it("J5 finished-pods: Release keeps the claim of a Failed Pod that was given up with its node or was seen running", async () => {
    const lost = await suite.claimWith({ [FINISHED_PODS]: "Release" });
    await suite.createPod("lost", lost);
    await setStatus("lost", {
      phase: "Failed",
      conditions: [
        {
          type: "DisruptionTarget",
          status: "True",
          reason: "DeletionByPodGC",
          lastTransitionTime: new Date().toISOString(),
        },
      ],
    });
    const running = await suite.claimWith({ [FINISHED_PODS]: "Release" });
    await suite.createPod("running", running);
    await setStatus("running", {
      phase: "Failed",
      containerStatuses: [
        {
          name: "app",
          image: "app:1",
          imageID: "",
          ready: true,
          restartCount: 0,
          state: { running: { startedAt: new Date().toISOString() } },
        },
      ],
    });
    const report = await suite.sweep();
    expect(
      outcomesOf(report).map(({ decision }) => decision.why),
    ).to.have.members([
      "used by Pod lost (Failed, may still run, no node yet)",
      "used by Pod running (Failed, may still run, no node yet)",
    ]);
  });

  it("Retain with idle-ttl and Release: the time starts when the Pod has finished", async () => {
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "1h",
      [FINISHED_PODS]: "Release",
    });
    await suite.createPod("job-1", claim);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "in-use" });
    await setStatus("job-1", { phase: "Succeeded" });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    expect(await suite.reasons({ laterMs: HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
  });
});
