import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { functionPods, kubectl, ourNamespace, podsIn } from "./cluster.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { applyServerSide, differences } from "./drift.ts";
import { measured } from "./measured.ts";

// Ours, unchanged but for the names of the images.
const options = process.env["E2E_OVERLAY"]
  ? { overlay: process.env["E2E_OVERLAY"] }
  : {};

/** Goes up with each change of what the function is to be, and so with each new revision. */
function generation(): Promise<string> {
  return kubectl([
    "get",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--output=jsonpath={.metadata.generation}",
  ]);
}

describe("installation, by the commands of docs/install.md", () => {
  it("installs, and is ready", async () => {
    const startedAt = performance.now();
    for (const block of await commandsOf("Install"))
      await runBlock(block, options);
    measured("installed and ready", performance.now() - startedAt);
    const output = await kubectl([
      "get",
      "ksvc,domainmapping",
      `--namespace=${ourNamespace}`,
      "--output=jsonpath={range .items[*]}{.kind} {.status.conditions[?(@.type=='Ready')].status}{'\\n'}{end}",
    ]);
    expect(output.trim().split("\n").toSorted()).to.deep.equal([
      "DomainMapping True",
      "Service True",
    ]);
  });

  it("proves by one command that the API server reaches the function", async () => {
    for (const block of await commandsOf("Verify"))
      await runBlock(block, options);
    expect(await functionPods()).to.not.be.empty;
  });

  it("applies again without a change", async () => {
    for (const block of await commandsOf("Install"))
      await runBlock(block, options);
    for (const block of await commandsOf("Verify"))
      await runBlock(block, options);
  });

  it("differs in nothing from the manifests, with what Knative fills in", async () => {
    expect(await differences()).to.equal("");
  });

  it("is applied by the API server after kubectl, without a conflict, a difference or a new revision of the function", async () => {
    const before = await generation();
    expect(before).to.match(/^\d+$/);
    // The first run takes the fields over from kubectl, the second finds them its own.
    for (let run = 0; run < 2; run += 1) await applyServerSide();
    expect(await generation()).to.equal(before);
    expect(await differences(["--server-side"])).to.equal("");
    expect(await differences()).to.equal("");
  });

  it("leaves no Pod of ours that failed", async () => {
    await eventually("no Pod of ours that is not running or done", async () =>
      (await podsIn(ourNamespace)).every(({ status }) =>
        ["Running", "Succeeded"].includes(status?.phase ?? ""),
      ),
    );
  });
});
