import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { UNUSED_SINCE_ANNOTATION } from "../../functions/well-known.ts";
import { outcomesOf } from "../../janitor/outcome.ts";
import { eventually } from "../support/eventually.ts";
import { janitorAlone } from "./janitor-suite.ts";
import { reasonsOf, runProgram } from "./janitor-runs.ts";
import { FINISHED_PODS, IDLE_TTL, RETENTION } from "./life-cycle-world.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The API server notes writes to the second. */
const CLOCK_STEP_MS = 1_000;

describe("life cycles of claims on a real API server", function () {
  this.timeout(30_000);
  const suite = janitorAlone("life");

  const claimWith = async (
    annotations: Record<string, string>,
  ): Promise<string> => (await suite.createClaim({ annotations })).name;
  const reasons = async (
    options?: Parameters<typeof suite.sweep>[0],
  ): Promise<Record<string, string>> => reasonsOf(await suite.sweep(options));
  const markOf = async (name: string): Promise<string | undefined> =>
    (await suite.claimNamed(name))?.metadata?.annotations?.[
      UNUSED_SINCE_ANNOTATION
    ];
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

  it("Retain: stays over sweeps and over the end of its Pod, without a mark and without an owner", async () => {
    const claim = await claimWith({
      [RETENTION]: "Retain",
      "pv.kubernetes.io/bind-completed": "yes",
    });
    await suite.createPod("web-1", claim);
    expect(await reasons()).to.deep.equal({ [claim]: "retained" });
    await suite.deletePod("web-1");
    for (let sweeps = 0; sweeps < 3; sweeps += 1)
      expect(await reasons()).to.deep.equal({ [claim]: "retained" });
    const left = await suite.claimNamed(claim);
    expect(left?.metadata?.ownerReferences).to.equal(undefined);
    expect(await markOf(claim)).to.equal(undefined);
  });

  it("J12 Retain with idle-ttl: goes after that time without a Pod, by the API server's clock, and not before", async () => {
    const ttlMs = 3_000;
    const claim = await claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "3s" });
    await suite.createPod("web-1", claim);
    expect(await reasons()).to.deep.equal({ [claim]: "in-use" });
    await suite.deletePod("web-1");
    await sleep(CLOCK_STEP_MS);
    expect(await reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    const mark = Date.parse((await markOf(claim)) ?? "");
    expect(Date.now() - mark).to.be.within(0, 2 * CLOCK_STEP_MS);

    const seen = new Set<string>();
    const marked = performance.now();
    const last = await eventually("it goes", async () => {
      const report = await suite.sweep();
      const [outcome] = outcomesOf(report);
      seen.add(outcome?.decision.reason ?? "none");
      return outcome?.decision.decision === "delete" && report;
    });
    expect([...seen]).to.deep.equal(["idle", "idle-too-long"]);
    expect(last.now - mark).to.be.at.least(ttlMs);
    expect(performance.now() - marked).to.be.within(
      ttlMs - CLOCK_STEP_MS,
      ttlMs + 5_000,
    );
    expect(await suite.names()).to.deep.equal([]);
  });

  it("Retain with idle-ttl: a Pod that names the claim by hand starts its time anew", async () => {
    const claim = await claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "1h" });
    await reasons();
    expect(await reasons({ laterMs: HOUR / 2 })).to.deep.equal({
      [claim]: "idle",
    });

    await suite.createPod("debug", claim, { byHand: true });
    expect(await reasons()).to.deep.equal({ [claim]: "in-use" });
    expect(await markOf(claim)).to.equal(undefined);
    await suite.deletePod("debug");
    expect(await reasons({ laterMs: HOUR })).to.deep.equal({
      [claim]: "idle-first-run",
    });
    expect(await reasons({ laterMs: 2 * HOUR - MINUTE })).to.deep.equal({
      [claim]: "idle",
    });
    expect(await reasons({ laterMs: 2 * HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
  });

  const forgeries: { name: string; mark: string }[] = [
    { name: "a time long ago", mark: "2020-01-01T00:00:00Z" },
    { name: "a future", mark: "2120-01-01T00:00:00Z" },
    { name: "no time at all", mark: "a while ago" },
  ];
  for (const { name, mark } of forgeries)
    it(`J12 Retain with idle-ttl: a person who writes ${name} into the mark makes nothing sooner`, async () => {
      const claim = await claimWith({
        [RETENTION]: "Retain",
        [IDLE_TTL]: "1h",
        [UNUSED_SINCE_ANNOTATION]: mark,
      });
      expect(await reasons()).to.deep.equal({ [claim]: "idle-first-run" });
      expect(await reasons()).to.deep.equal({ [claim]: "idle" });
      const key = UNUSED_SINCE_ANNOTATION;
      await suite.annotate(claim, `${key}=${mark}`);
      expect(await reasons()).to.deep.equal({ [claim]: "idle-first-run" });
      const now = Date.parse((await markOf(claim)) ?? "");
      expect(Date.now() - now).to.be.within(0, 10_000);
      expect(await suite.names()).to.deep.equal([claim]);
    });

  it("Retain with idle-ttl: a dry run neither marks nor deletes", async () => {
    const claim = await claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "1h" });
    expect(await reasons({ dryRun: true })).to.deep.equal({
      [claim]: "idle-first-run",
    });
    expect(await markOf(claim)).to.equal(undefined);
    await reasons();
    expect(await reasons({ dryRun: true, laterMs: 2 * HOUR })).to.deep.equal({
      [claim]: "idle-too-long",
    });
    expect(await suite.names()).to.deep.equal([claim]);
  });

  it("J20 a namespace of retained claims that is scaled to zero passes: marked, waited for, deleted", async () => {
    const all = await Promise.all(
      Array.from({ length: 12 }, () =>
        claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "1h" }),
      ),
    );
    const allAre = (reason: string) =>
      Object.fromEntries(all.map((name) => [name, reason]));
    expect(await reasons()).to.deep.equal(allAre("idle-first-run"));
    expect(await reasons()).to.deep.equal(allAre("idle"));
    expect(await reasons({ laterMs: HOUR + MINUTE })).to.deep.equal(
      allAre("idle-too-long"),
    );
    expect(await suite.names()).to.deep.equal([]);
  });

  it("kubectl annotate from Delete to Retain and back is heard at the next sweep", async () => {
    const claim = await claimWith({});
    await suite.annotate(claim, `${RETENTION}=Retain`);
    expect(await reasons()).to.deep.equal({ [claim]: "retained" });
    await suite.annotate(claim, `${RETENTION}=Delete`);
    expect(await reasons()).to.deep.equal({ [claim]: "unused" });
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J10 kubectl annotate to Retain is heard between the list and the second look, and between that and the delete", async () => {
    const atLook = await claimWith({});
    const atDelete = await claimWith({});
    for (const [claim, method] of [
      [atLook, "GET"],
      [atDelete, "DELETE"],
    ] as const)
      suite.proxy.intercept(
        (request) => request.method === method && request.path.endsWith(claim),
        {
          before: () => suite.annotate(claim, `${RETENTION}=Retain`),
        },
        1,
      );
    expect(await reasons()).to.deep.equal({
      [atLook]: "retained",
      [atDelete]: "changed-meanwhile",
    });
    expect(await suite.names()).to.have.members([atLook, atDelete]);
    expect(await reasons()).to.deep.equal({
      [atLook]: "retained",
      [atDelete]: "retained",
    });
  });

  it("J4 finished-pods: Release lets go of what Succeeded and Failed Pods name, Keep does not", async () => {
    const claims: Record<string, string> = {};
    for (const policy of ["Keep", "Release"])
      for (const phase of ["Succeeded", "Failed", "Running"]) {
        const name = `${policy}-${phase}`.toLowerCase();
        const claim = await claimWith({ [FINISHED_PODS]: policy });
        await suite.createPod(name, claim);
        await setStatus(name, { phase });
        claims[name] = claim;
      }
    const found = await reasons();
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
    const claim = await claimWith({ [FINISHED_PODS]: "Release" });
    await suite.createPod("job-1", claim);
    await suite.createPod("debug", claim, { byHand: true });
    await setStatus("job-1", { phase: "Succeeded" });
    expect(await reasons()).to.deep.equal({ [claim]: "in-use" });
    await setStatus("debug", { phase: "Failed" });
    expect(await reasons()).to.deep.equal({ [claim]: "only-finished-pods" });
  });

  it("J5 finished-pods: Release keeps the claim of a Failed Pod that was given up with its node or was seen running", async () => {
    const lost = await claimWith({ [FINISHED_PODS]: "Release" });
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
    const running = await claimWith({ [FINISHED_PODS]: "Release" });
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
    const claim = await claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "1h",
      [FINISHED_PODS]: "Release",
    });
    await suite.createPod("job-1", claim);
    expect(await reasons()).to.deep.equal({ [claim]: "in-use" });
    await setStatus("job-1", { phase: "Succeeded" });
    expect(await reasons()).to.deep.equal({ [claim]: "idle-first-run" });
    expect(await reasons({ laterMs: HOUR + MINUTE })).to.deep.equal({
      [claim]: "idle-too-long",
    });
  });

  it("keeps what it cannot read and what is held, whatever else is annotated, and tells why", async () => {
    const cases: [annotations: Record<string, string>, reason: string][] = [
      [{ [RETENTION]: "Reuse" }, "unsupported-retention"],
      [{ [RETENTION]: "Retain", [IDLE_TTL]: "soon" }, "unsupported-idle-ttl"],
      [{ [FINISHED_PODS]: "Forget" }, "unsupported-finished-pods"],
      [{ [IDLE_TTL]: "1h" }, "contradicting-life-cycle"],
      [{ "volume-claim/hold": "true" }, "held"],
      [
        {
          [RETENTION]: "Retain",
          [IDLE_TTL]: "1ms",
          [FINISHED_PODS]: "Release",
          "volume-claim/hold": "true",
        },
        "held",
      ],
    ];
    const expected: Record<string, string> = {};
    for (const [annotations, reason] of cases)
      expected[await claimWith(annotations)] = reason;
    expect(await reasons()).to.deep.equal(expected);
    expect(await reasons()).to.deep.equal(expected);
    expect(await suite.names()).to.have.length(cases.length);

    const { stdout } = await runProgram(suite.kubeconfig, [
      `--namespace=${suite.namespace}`,
    ]);
    expect(stdout).to.match(
      /kept +unsupported-idle-ttl +volume-claim-template\/idle-ttl: "soon" is no duration/,
    );
    expect(stdout).to.match(/6 kept \(2 held, /);
  });

  it("loses the mark of a claim that is held, and counts anew when it is not any more", async () => {
    const claim = await claimWith({ [RETENTION]: "Retain", [IDLE_TTL]: "1h" });
    await reasons();
    expect(await markOf(claim)).to.be.a("string");
    await suite.patchClaim(claim, {
      annotations: { "volume-claim/hold": "true" },
    });
    expect(await reasons()).to.deep.equal({ [claim]: "held" });
    expect(await markOf(claim)).to.equal(undefined);
    await suite.annotate(claim, "volume-claim/hold-");
    expect(await reasons()).to.deep.equal({ [claim]: "idle-first-run" });
  });
});
