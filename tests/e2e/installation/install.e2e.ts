import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import {
  functionPods,
  kubectl,
  ourNamespace,
  podsIn,
} from "../steps/cluster.ts";
import { applyServerSide, differences } from "./drift.ts";
import { measured } from "../steps/mocha-output.ts";

// Ours, unchanged but for the names of the images.
const options = process.env["E2E_OVERLAY"]
  ? { overlay: process.env["E2E_OVERLAY"] }
  : {};

async function run(section: "Install" | "Verify"): Promise<void> {
  for (const block of await commandsOf(section)) await runBlock(block, options);
}

/** Grows with each change of the function's Service, and so with each new revision. */
function generation(): Promise<string> {
  return kubectl(
    `get ksvc/function --namespace=${ourNamespace} --output=jsonpath={.metadata.generation}`,
  );
}

describe("installation, by the commands of docs/install.md", () => {
  it("installs, and is ready", async () => {
    const startedAt = performance.now();
    await run("Install");
    measured("installed and ready", performance.now() - startedAt);
    const output = await kubectl([
      "get",
      "ksvc,domainmapping",
      `--namespace=${ourNamespace}`,
      "--output=jsonpath={range .items[*]}{.kind} {.status.conditions[?(@.type=='Ready')].status}{'\\n'}{end}",
    ]);
    expect(output.trim().split("\n")).to.have.members([
      "DomainMapping True",
      "Service True",
    ]);
  });

  it("proves by one command that the API server reaches the function", async () => {
    await run("Verify");
    expect(await functionPods()).to.not.be.empty;
  });

  it("applies again without a change", async () => {
    await run("Install");
    await run("Verify");
  });

  it("differs in nothing from the manifests, with what Knative fills in", async () => {
    expect(await differences()).to.equal("");
  });

  it("is applied by the API server after kubectl, without a conflict, a difference or a new revision of the function", async () => {
    const before = await generation();
    expect(before).to.match(/^\d+$/);
    // The first run takes the fields over from kubectl. The second finds them its own.
    await applyServerSide();
    await applyServerSide();
    expect(await generation()).to.equal(before);
    expect(await differences(["--server-side"])).to.equal("");
    expect(await differences()).to.equal("");
  });

  it("leaves no Pod of ours that failed", async () => {
    await eventually("each Pod of ours runs or has succeeded", async () =>
      (await podsIn(ourNamespace)).every(({ status }) =>
        ["Running", "Succeeded"].includes(status?.phase ?? ""),
      ),
    );
  });
});
