import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { skipBecause } from "../steps/mocha-output.ts";

const folder = path.join(import.meta.dirname, "../components/storage");

describe("the scripts of the component storage", function () {
  this.timeout(60_000);
  before(function () {
    if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0)
      skipBecause(this, "they need Debian and root");
  });

  /** A machine of another kind: these commands change what the script sees, in a mount namespace of its own. */
  for (const [lack, commands, says] of [
    [
      "root",
      "as='setpriv --reuid=65534 --clear-groups'",
      /need root: run this as root/,
    ],
    [
      "loop devices",
      "mount --bind $cache/empty /dev/loop-control",
      /no loop devices .*: load the kernel's module loop/,
    ],
    [
      "XFS",
      "mount --bind $cache/empty /proc/filesystems; PATH=$cache:$PATH",
      /no XFS: load its module xfs/,
    ],
    [
      "room on its disk",
      "mount -t tmpfs -o size=10m tmpfs $cache/full; export XDG_CACHE_HOME=$cache/full",
      /needs 1500 MB in .*full.*, and 10 are free: make room/,
    ],
  ] as const)
    it(`build: a machine without ${lack} gets a line that says what to do, and nothing is left`, async () => {
      const cache = temporaryDirectory();
      const script = [
        `cache=${cache} as=""; touch $cache/empty; mkdir $cache/full`,
        "printf '#!/bin/sh\\nexit 1\\n' > $cache/modprobe; chmod +x $cache/modprobe",
        "export XDG_CACHE_HOME=$cache",
        commands,
        `$as ${folder}/build`,
      ].join("\n");
      const { stdout, stderr, exitCode } = await runProgram("unshare", [
        "--mount",
        "bash",
        "-c",
        script,
      ]);
      expect(exitCode, stdout + stderr).to.equal(3);
      expect(stderr.trimEnd()).to.match(says).and.not.include("\n");
      expect(await readdir(cache)).to.have.members([
        "empty",
        "full",
        "modprobe",
      ]);
      expect(await readdir(path.join(cache, "full"))).to.deep.equal([]);
    });

  for (const [what, program, says] of [
    ["no way to a mirror of Debian", "apt-get", /apt-get update fails: mend/],
    ["lists without PostgreSQL", "apt-cache", /have no postgresql: add/],
  ] as const)
    it(`postgres-image: with ${what} there is a line that says what to do`, async () => {
      const directory = temporaryDirectory();
      for (const name of ["apt-get", "apt-cache"])
        await writeFile(
          path.join(directory, name),
          `#!/bin/sh\nexit ${name === program ? 100 : 0}\n`,
          { mode: 0o755 },
        );
      const { stderr, exitCode } = await runProgram(
        path.join(folder, "postgres-image"),
        [path.join(directory, "work"), path.join(directory, "file")],
        {
          env: { ...process.env, PATH: `${directory}:${process.env["PATH"]}` },
        },
      );
      expect(exitCode, stderr).to.equal(3);
      expect(stderr.trimEnd()).to.match(says).and.not.include("\n");
    });
});
