import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram, type Ran } from "../../control-plane/run-program.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";
import { skipBecause } from "../steps/mocha-output.ts";

const component = path.join(import.meta.dirname, "../components/skaffold");

describe("the scripts of the component skaffold", function () {
  this.timeout(60_000);
  let directory = "";
  let env: NodeJS.ProcessEnv = {};
  const file = (name: string): string => path.join(directory, name);

  before(function () {
    if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0)
      skipBecause(this, "they need Debian and root");
  });
  beforeEach(async () => {
    directory = temporaryDirectory();
    env = {
      ...process.env,
      CLUSTER_CACHE: file("cluster"),
      CLUSTER_STATE: file("state"),
      XDG_CACHE_HOME: file("cache"),
      PATH: `${file("programs")}:${process.env["PATH"]}`,
    };
    // A cluster that is built, on a machine that has all that builds need.
    await touch("cluster/complete", "cluster/knative-manifests/complete");
    for (const name of ["apt-get", "conntrack", "dpkg-deb", "envsubst"])
      await program(name, "exit 0");
    for (const name of ["git", "go", "ip", "iptables", "nft", "npm", "runc"])
      await program(name, "exit 0");
  });

  async function touch(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await mkdir(path.dirname(file(name)), { recursive: true });
      await writeFile(file(name), "");
    }
  }

  async function program(name: string, text: string): Promise<void> {
    await mkdir(file("programs"), { recursive: true });
    await writeFile(file(`programs/${name}`), `#!/bin/sh\n${text}\n`, {
      mode: 0o755,
    });
  }

  function run(script: string, ...args: readonly string[]): Promise<Ran> {
    return runProgram(path.join(component, script), args, { env });
  }

  /** Marks these parts of the cache as made. */
  async function made(...parts: readonly string[]): Promise<void> {
    const print = `source ${component}/../component.sh; source ${component}/settings.sh; echo "$component_cache"; echo "$base_images"`;
    const { stdout } = await runProgram(
      "bash",
      ["-c", print, `${component}/build`],
      { env },
    );
    const [cache = "", images = ""] = stdout.trim().split("\n");
    expect(cache).to.include(directory);
    for (const part of parts)
      await touch(
        path.relative(
          directory,
          part === "images"
            ? path.join(images, "complete")
            : path.join(cache, part),
        ),
      );
  }

  it("build: is made when the programs and the images are there", async () => {
    await made("complete");
    expect((await run("build", "--is-made")).exitCode).to.equal(1);
    await made("images");
    expect((await run("build", "--is-made")).exitCode).to.equal(0);
  });

  for (const { name, there, programs, says } of [
    {
      name: "a full disk",
      there: [],
      programs: { df: "echo Avail; echo 17" },
      says: /needs 6000 MB in .*, and 17 are free: make room/,
    },
    {
      name: "no way to a Go module proxy",
      there: [],
      programs: {
        df: "echo Avail; echo 9999",
        go: "echo 'm@v1: Get \"https://example.test/m\": dial tcp: refused' >&2; exit 1",
      },
      says: /Go says: m@v1: Get .*: dial tcp: refused\. Run this again/,
    },
    {
      name: "no way to a mirror of Debian",
      there: ["made/go"],
      programs: { df: "echo Avail; echo 9999", "apt-get": "exit 100" },
      says: /Debian's packages .* docker\.io .* could not download them: run this again/,
    },
  ])
    it(`build: says in its last line what to do with ${name}, and leaves nothing half made`, async () => {
      await made(...there);
      for (const [tool, text] of Object.entries(programs))
        await program(tool, text);
      const { exitCode, stderr } = await run("build");
      expect(exitCode, stderr).to.equal(3);
      expect(stderr.trimEnd().split("\n").at(-1)).to.match(says);
      expect((await run("build", "--is-made")).exitCode).to.equal(1);
    });

  it("build: fails, and does not say that the machine lacks something, when the recipe is wrong", async () => {
    await made();
    await program("df", "echo Avail; echo 9999");
    await program(
      "go",
      "echo 'no required module provides package x' >&2; exit 1",
    );
    const { exitCode, stderr } = await run("build");
    expect(exitCode, stderr).to.equal(1);
    expect(stderr.trimEnd().split("\n").at(-1)).to.match(
      /skaffold could not be built\. Go says: no required module/,
    );
  });

  it("up: says in a line that the disk is full, and starts nothing", async () => {
    await touch("state/.stateful-deployments-e2e");
    await program("df", "echo Avail; echo 17");
    const { exitCode, stderr } = await run("up");
    expect(exitCode, stderr).to.equal(3);
    expect(stderr).to.match(
      /^skaffold needs 4000 MB in .*: make room there\.\n$/,
    );
    expect(existsSync(file("state/skaffold"))).to.be.false;
  });
});
