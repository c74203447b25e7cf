import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";

const settings = path.join(import.meta.dirname, "cluster/settings.sh");

const built = ["complete"];
const ran = ["complete", "knative-manifests/complete"];

const cases = [
  {
    name: "nothing is built, and a program to build with is missing",
    cache: [],
    missing: "pip",
    says: /built once .* install pip, or set KUBECONFIG/,
  },
  {
    name: "nothing is built, and two are missing",
    cache: [],
    missing: "go npm",
    says: /install go npm, or/,
  },
  { name: "nothing is built, and can be", cache: [], missing: "", says: /^$/ },
  {
    name: "a cache from elsewhere meets a machine without Debian's packages",
    cache: ran,
    missing: "conntrack runc",
    says: /needs conntrack runc: apt-get install .*conntrack.* runc, or/,
  },
  {
    name: "a cache was never used, and Go is missing",
    cache: built,
    missing: "go",
    says: /Knative's manifests: install go, or/,
  },
  {
    name: "a cache was used before, and Go is missing",
    cache: ran,
    missing: "go npm pip",
    says: /^$/,
  },
];

describe("what a machine needs for the end-to-end cluster", () => {
  let directory = "";

  beforeEach(async function () {
    if (!existsSync("/etc/debian_version") || process.getuid?.() !== 0) {
      console.log("      skipped: says something else without Debian and root");
      this.skip();
    }
    directory = await mkdtemp(path.join(tmpdir(), "cluster-needs-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function bash(line: string): Promise<string> {
    const { stdout } = await runProgram(
      "bash",
      ["-c", `source ${settings}; ${line}`],
      { env: { ...process.env, CLUSTER_CACHE: directory } },
    );
    return stdout;
  }

  for (const { name, cache, missing, says } of cases)
    it(`is said in a line: ${name}`, async () => {
      for (const file of cache) {
        await mkdir(path.join(directory, path.dirname(file)), {
          recursive: true,
        });
        await writeFile(path.join(directory, file), "");
      }
      // This machine has them all, as like as not.
      const pretend = `has() { [[ " ${missing} " != *" $1 "* ]]; }`;
      const said = await bash(`${pretend}; what_to_do`);
      expect(said.trimEnd()).to.match(says);
      expect(said.trimEnd()).to.not.include("\n");
    });

  it("is looked for program by program", async () => {
    expect(await bash("without sh no-such-a cat no-such-b")).to.equal(
      "no-such-a no-such-b\n",
    );
  });
});
