import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { differences } from "./drift.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

/** kubectl diff ends with 1 both if there is a difference and if, for example, there is no cluster. */
describe("the differences between manifests and cluster", () => {
  const directory = temporaryDirectory();

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
