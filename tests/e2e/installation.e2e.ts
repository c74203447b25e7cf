import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { functionPods, kubectl, ourNamespace, podsIn } from "./cluster.ts";
import { commandsOf, runBlock } from "../support/install-manual.ts";
import { measured } from "./measured.ts";

// Ours, unchanged but for the names of the images.
const options = process.env["E2E_OVERLAY"]
  ? { overlay: process.env["E2E_OVERLAY"] }
  : {};

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

  it("leaves no Pod of ours that failed", async () => {
    await eventually("no Pod of ours that is not running or done", async () =>
      (await podsIn(ourNamespace)).every(({ status }) =>
        ["Running", "Succeeded"].includes(status?.phase ?? ""),
      ),
    );
  });
});
