import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { skipBecause } from "../steps/mocha-output.ts";
import { disksOnNode, mountsBelow, releaseBelow } from "./disks-on-node.ts";

async function run(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await runProgram(program, args);
  expect(exitCode, stderr).to.equal(0);
  return stdout.trim();
}

describe("what a storage driver has left on its node", () => {
  before(function () {
    if (process.getuid?.() !== 0 || !existsSync("/dev/loop-control"))
      skipBecause(this, "it needs root and loop devices");
  });

  it("is found, and released so that it can be removed", async () => {
    const directory = temporaryDirectory();
    const volumes = path.join(directory, "volumes");
    const inner = path.join(directory, "target/inner");
    await mkdir(volumes);
    await mkdir(path.join(directory, "snapshots"));
    await mkdir(inner, { recursive: true });
    try {
      const disk = path.join(volumes, "disk");
      await run("truncate", "--size=1M", disk);
      const device = await run("losetup", "--find", "--show", disk);
      const target = path.dirname(inner);
      await run("mount", "-t", "tmpfs", "none", target);
      await mkdir(inner);
      await run("mount", "-t", "tmpfs", "none", inner);

      expect(await disksOnNode(directory)).to.deep.equal(["disk", device]);
      expect(await mountsBelow(directory)).to.deep.equal([inner, target]);
    } finally {
      await releaseBelow(directory);
    }
    expect(await disksOnNode(directory)).to.deep.equal(["disk"]);
    expect(await mountsBelow(directory)).to.deep.equal([]);
    await rm(directory, { recursive: true });
  });
});
