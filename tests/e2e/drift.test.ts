import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { differences } from "./drift.ts";

/** kubectl diff ends with 1 both if there is a difference and if, for example, there is no cluster. */
describe("the differences between manifests and cluster", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "drift-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  for (const [name, kubectl, result] of [
    [
      "are the output of kubectl diff with the flags",
      'echo "$*"; exit 1',
      /^diff -k .*\/manifests\/overlays\/kourier --server-side\n$/,
    ],
    [
      "are an error if kubectl fails with 1 and a complaint",
      "echo 'no cluster' >&2; exit 1",
      /^Error: kubectl diff .*: exit code 1\nno cluster\n$/,
    ],
  ] as const)
    it(name, async () => {
      const program = path.join(directory, "kubectl");
      await writeFile(program, `#!/bin/sh\n${kubectl}\n`, { mode: 0o755 });
      const found = differences(["--server-side"], {
        PATH: `${directory}:/usr/bin:/bin`,
      });
      expect(await found.catch(String)).to.match(result);
    });
});
