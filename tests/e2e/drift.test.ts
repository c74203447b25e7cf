import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { differences } from "./drift.ts";

/** kubectl diff ends with 1 both where there is a difference and where, for example, there is no cluster. */
describe("what the end-to-end suite takes for a difference between manifests and cluster", () => {
  let directory: string;

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "drift-"));
  });

  after(() => rm(directory, { recursive: true, force: true }));

  /** Compares by a kubectl that runs these commands of the shell. */
  async function withKubectl(
    commands: string,
    ...flags: readonly string[]
  ): Promise<string> {
    const kubectl = path.join(directory, "kubectl");
    await writeFile(kubectl, `#!/bin/sh\n${commands}\n`);
    await chmod(kubectl, 0o755);
    return await differences(flags, {
      PATH: `${directory}:/usr/bin:/bin`,
    }).catch(String);
  }

  it("is nothing where kubectl finds nothing", async () => {
    expect(await withKubectl("exit 0")).to.equal("");
  });

  it("is what kubectl prints", async () => {
    expect(await withKubectl("echo '+  a: b'; exit 1")).to.equal("+  a: b\n");
  });

  it("is asked for with the flags", async () => {
    expect(await withKubectl('echo "$*"; exit 1', "--server-side")).to.match(
      /^diff -k .*\/manifests\/overlays\/kourier --server-side\n$/,
    );
  });

  for (const exitCode of [1, 2])
    it(`is none where kubectl fails with ${exitCode} and complains`, async () => {
      expect(
        await withKubectl(`echo 'no cluster' >&2; exit ${exitCode}`),
      ).to.match(/^Error: kubectl diff .*: exit code \d\nno cluster\n$/);
    });
});
