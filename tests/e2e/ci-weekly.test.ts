import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram, type Ran } from "../control-plane/run-program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const repository = path.join(import.meta.dirname, "../..");
const weekly = path.join(repository, ".ci/weekly");

/** In the place of npm and npx: writes down the call and where its caches would be, fills one, and ends as the test says. */
const npm = `#!/bin/sh
echo "$(basename "$0") $*" >>"$RECORD/calls"
printf '%s\\n' "$XDG_CACHE_HOME" "$GOCACHE" "$GOMODCACHE" "$npm_config_cache" "$PIP_CACHE_DIR" >>"$RECORD/caches"
echo "KUBECONFIG=$KUBECONFIG CLUSTER_CACHE=$CLUSTER_CACHE E2E_COMPONENTS=$E2E_COMPONENTS" >>"$RECORD/others"
mkdir -p "$GOMODCACHE/module" && chmod a-w "$GOMODCACHE/module"
case "$*" in
*"$FAILS"*) echo "the last line"; exit "$STATUS" ;;
esac
`;

/** In the place of df: how much is free. */
const df = `#!/bin/sh
echo Avail
echo "$FREE"
`;

describe(".ci/weekly", () => {
  let directory = "";
  const file = (name: string): string => path.join(directory, name);

  beforeEach(async () => {
    directory = temporaryDirectory();
    for (const name of ["bin", "cache"]) await mkdir(file(name));
    await writeFile(file("cache/mine"), "");
    for (const name of ["npm", "npx"])
      await writeFile(file(`bin/${name}`), npm, { mode: 0o755 });
    await writeFile(file("bin/df"), df, { mode: 0o755 });
  });

  function run(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Ran> {
    return runProgram(weekly, args, {
      env: {
        ...process.env,
        FAILS: "none",
        STATUS: "0",
        FREE: "30",
        ...env,
        RECORD: directory,
        PATH: `${file("bin")}:${process.env["PATH"]}`,
        XDG_CACHE_HOME: file("cache"),
        KUBECONFIG: "/somebody's",
        CLUSTER_CACHE: "/somebody's",
        E2E_COMPONENTS: "somebody's",
      },
    });
  }

  const read = async (name: string): Promise<string[]> =>
    (await readFile(file(name), "utf8")).trimEnd().split("\n");

  it("goes on after a failure, and says at the end what passed and what failed", async () => {
    const { stdout, exitCode } = await run([], {
      FAILS: "mutations",
      STATUS: "7",
    });
    expect(await read("calls")).to.deep.equal([
      "npm ci --no-audit --no-fund",
      "npm test",
      "npm run --silent e2e",
      "npm run --silent mutations",
      "npx --no mocha tests/integration/storm/pools.test.ts tests/integration/storm/stale-lists.test.ts",
      "npm run --silent storm",
    ]);
    expect(stdout.trimEnd().split("\n").slice(-6)).to.deep.equal([
      "install, 0 min: passed",
      "test, 0 min: passed",
      "e2e, 0 min: passed",
      "mutations, 0 min: failed, with status 7",
      "pool-storm, 0 min: passed",
      "storm, 0 min: passed",
    ]);
    expect(exitCode).to.equal(1);
  });

  it("calls only scripts of package.json and files that exist", async () => {
    await run([]);
    const calls = (await read("calls")).join("\n");
    const files = calls.match(/\S+\.ts/g) ?? [];
    expect(files).to.not.be.empty;
    for (const name of files)
      expect(existsSync(path.join(repository, name)), name).to.be.true;
    const { scripts } = JSON.parse(
      await readFile(path.join(repository, "package.json"), "utf8"),
    ) as { readonly scripts: Readonly<Record<string, string>> };
    const called = [...calls.matchAll(/^npm run --silent (\S+)$/gm)];
    expect(called).to.not.be.empty;
    expect(scripts).to.include.keys(called.map(([, name = ""]) => name));
  });

  it("returns 3 with the reason when a step, or a part of it, could not run", async () => {
    const { stdout, exitCode } = await run(["install", "e2e"], {
      FAILS: "e2e",
      STATUS: "3",
    });
    expect(stdout.trimEnd().split("\n").at(-1)).to.equal(
      "e2e, 0 min: not run, whole or in part: the last line",
    );
    expect(exitCode).to.equal(3);
  });

  it("returns 3 and runs nothing where the disk is too small for the end-to-end step", async () => {
    const { stderr, exitCode } = await run(["test", "e2e"], { FREE: "29" });
    expect(stderr).to.match(/needs 30 GB in \S+, and 29 are free/);
    expect(exitCode).to.equal(3);
    expect(existsSync(file("calls"))).to.be.false;
    expect((await run(["test"], { FREE: "29" })).exitCode).to.equal(0);
  });

  it("uses caches of its own, which are gone afterwards, and touches neither those of the user nor a cluster of theirs", async () => {
    expect((await run(["install", "test"])).exitCode).to.equal(0);
    const caches = await read("caches");
    expect(new Set(caches)).to.have.property("size", 5);
    for (const cache of caches)
      expect(cache).to.match(/cache.stateful-deployments-weekly-\w+\/\w/);
    expect(await readdir(file("cache"))).to.deep.equal(["mine"]);
    expect(new Set(await read("others"))).to.deep.equal(
      new Set(["KUBECONFIG= CLUSTER_CACHE= E2E_COMPONENTS="]),
    );
  });

  it("explains itself, and rejects a step that there is none of, without running one", async () => {
    const help = await run(["--help"]);
    expect(help.exitCode).to.equal(0);
    expect(help.stdout).to.include(
      "install test e2e mutations pool-storm storm",
    );
    const wrong = await run(["install", "tests"]);
    expect(wrong.exitCode).to.equal(2);
    expect(wrong.stderr).to.match(
      /^unknown step: tests; there are install .*\n$/,
    );
    expect(await readdir(directory)).to.have.members(["bin", "cache"]);
  });
});
