import { mkdtemp, readFile, rm } from "node:fs/promises";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { eventually } from "../../support/eventually.ts";
import { runProgram } from "../../control-plane/run-program.ts";
import { disksOnNode, mountsBelow, releaseBelow } from "./disks-on-node.ts";
import { skipBecause } from "../steps/mocha-output.ts";

/** The directory of the component's programs. */
const programs = process.env["E2E_STORAGE_PROGRAMS"] ?? "";

/** What csi-sanity skips, because the driver does not have it. The specs of snapshots, clones and growth are not among them. */
const REASONS_TO_SKIP = [
  "Controller Publish, UnpublishVolume not supported",
  "ControllerGetVolumeHealth not supported",
  "ControllerListVolumeHealth not supported",
  "ControllerModifyVolume not supported",
  "ControllerPublishVolume not supported",
  "ControllerUnpublishVolume not supported",
  "GetSnapshot not supported",
  "GroupControllerService not supported",
  "ListVolumes not supported",
  "Modify Volume not supported",
  "Modify volume not supported",
  "NodeGetStorageHealth not supported",
  "NodeGetVolumeHealth not supported",
  "SNAPSHOT_ACCESSIBILITY_CONSTRAINTS not supported",
];

/** The reasons in a report of csi-sanity. */
async function reasonsToSkip(report: string): Promise<Set<string>> {
  const suites = JSON.parse(await readFile(report, "utf8")) as {
    readonly SpecReports: readonly {
      readonly State: string;
      readonly Failure?: { readonly Message: string };
    }[];
  }[];
  const specs = suites.flatMap(({ SpecReports }) => SpecReports);
  return new Set(
    specs
      .filter(({ State }) => State === "skipped")
      .map(({ Failure }) => Failure?.Message ?? "no reason"),
  );
}

describe("the storage driver", () => {
  before(function () {
    if (programs === "")
      skipBecause(this, "the driver of this cluster is not on this machine");
  });

  it("does what the Container Storage Interface asks of a driver, by its own tests, and leaves nothing", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "e2e-driver-"));
    const socket = path.join(directory, "csi.sock");
    const disks = path.join(directory, "disks");
    const report = path.join(directory, "report.json");
    const driver = spawn(
      path.join(programs, "disk-driver"),
      [`--state=${disks}`, `--socket=${socket}`, `--pool=main=${2 ** 40}`],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let log = "";
    driver.stderr.on("data", (text) => (log += String(text)));
    const ended = once(driver, "exit");
    try {
      await eventually("the driver listens", () => existsSync(socket));
      const { stdout, exitCode } = await runProgram(
        path.join(programs, "csi-sanity"),
        [
          `--csi.endpoint=${socket}`,
          `--csi.mountdir=${path.join(directory, "target")}`,
          `--csi.stagingdir=${path.join(directory, "staging")}`,
          "--csi.testvolumesize=67108864",
          "--csi.testvolumeexpandsize=134217728",
          "--ginkgo.no-color",
          `--ginkgo.json-report=${report}`,
        ],
      );
      const [summary = ""] =
        stdout.match(/\d+ Passed.*\d+ Failed.*\d+ Skipped/) ?? [];
      process.stdout.write(`      csi-sanity: ${summary}\n`);
      expect(exitCode, stdout + log).to.equal(0);
      expect(await reasonsToSkip(report)).to.have.all.keys(REASONS_TO_SKIP);
      expect(summary).to.equal("65 Passed | 0 Failed | 1 Pending | 37 Skipped");
      await eventually("nothing left of its disks", async () => {
        expect([
          ...(await disksOnNode(disks)),
          ...(await mountsBelow(directory)),
        ]).to.deep.equal([]);
        return true;
      });
    } finally {
      driver.kill();
      await ended;
      // A test that failed may have left a volume mounted: to remove all below it would remove that one's files.
      await releaseBelow(directory);
      await rm(directory, { recursive: true, force: true });
    }
  });
});
