import { expect } from "chai";
import { runJanitor } from "../janitor/runs.ts";
import { lifeCycleSuite } from "./suite.ts";
import { FINISHED_PODS, IDLE_TTL, RETENTION } from "./world.ts";

describe("claims annotated by hand on a real API server", function () {
  this.timeout(30_000);
  const suite = lifeCycleSuite();

  it("kubectl annotate from Delete to Retain and back is heard at the next sweep", async () => {
    const claim = await suite.claimWith({});
    await suite.annotate(claim, `${RETENTION}=Retain`);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "retained" });
    await suite.annotate(claim, `${RETENTION}=Delete`);
    expect(await suite.reasons()).to.deep.equal({ [claim]: "unused" });
    expect(await suite.names()).to.deep.equal([]);
  });

  it("J10 kubectl annotate to Retain is heard between the list and the second look, and between that and the delete", async () => {
    const atLook = await suite.claimWith({});
    const atDelete = await suite.claimWith({});
    // The sweep asks for the namespace itself between its two looks.
    for (const [claim, method, end] of [
      [atLook, "GET", `/namespaces/${suite.namespace}`],
      [atDelete, "DELETE", atDelete],
    ] as const)
      suite.proxy.intercept(
        (request) => request.method === method && request.path.endsWith(end),
        {
          before: () => suite.annotate(claim, `${RETENTION}=Retain`),
        },
        1,
      );
    expect(await suite.reasons()).to.deep.equal({
      [atLook]: "retained",
      [atDelete]: "changed-meanwhile",
    });
    expect(await suite.names()).to.have.members([atLook, atDelete]);
    expect(await suite.reasons()).to.deep.equal({
      [atLook]: "retained",
      [atDelete]: "retained",
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
      expected[await suite.claimWith(annotations)] = reason;
    expect(await suite.reasons()).to.deep.equal(expected);
    expect(await suite.reasons()).to.deep.equal(expected);
    expect(await suite.names()).to.have.length(cases.length);

    const { stdout } = await runJanitor(suite.kubeconfig, [
      `--namespace=${suite.namespace}`,
    ]);
    expect(stdout).to.match(
      /kept +unsupported-idle-ttl +volume-claim-template\/idle-ttl: "soon" is not a duration/,
    );
    expect(stdout).to.match(/6 kept \(2 held, /);
  });

  it("loses the mark of a claim that is held, and counts anew when it is not any more", async () => {
    const claim = await suite.claimWith({
      [RETENTION]: "Retain",
      [IDLE_TTL]: "1h",
    });
    await suite.reasons();
    expect(await suite.markOf(claim)).to.be.a("string");
    await suite.patchClaim(claim, {
      annotations: { "volume-claim/hold": "true" },
    });
    expect(await suite.reasons()).to.deep.equal({ [claim]: "held" });
    expect(await suite.markOf(claim)).to.equal(undefined);
    await suite.annotate(claim, "volume-claim/hold-");
    expect(await suite.reasons()).to.deep.equal({ [claim]: "idle-first-run" });
  });
});
