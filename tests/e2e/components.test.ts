import { globSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../control-plane/run-program.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import {
  addComponents,
  componentsOf,
  describeLeftOut,
  suitesWithout,
  type Component,
} from "./components.ts";

const components = path.join(import.meta.dirname, "components");
const never = new AbortController().signal;

describe("the components of the end-to-end suite", function () {
  // Each starts several processes, on a machine that may be busy.
  this.timeout(60_000);
  let folder = "";
  beforeEach(() => {
    folder = temporaryDirectory();
  });

  /** A component of these scripts, with a suite of its own name. */
  async function component(
    name: string,
    scripts: Readonly<Record<string, string>>,
  ): Promise<Component> {
    await mkdir(path.join(folder, name));
    for (const [script, text] of Object.entries(scripts))
      await writeFile(
        path.join(folder, name, script),
        `#!/bin/sh\ncd "$(dirname "$0")"\n${text}\n`,
        { mode: 0o755 },
      );
    return { name, suites: [name] };
  }

  const builds =
    'if [ "$1" = --is-made ]; then [ -f made ]; exit; fi\ntouch made';

  it("are built, added to the cluster, and say where they are", async () => {
    const disks = await component("disks", {
      build: builds,
      up: `[ "$KUBECONFIG" = there ] && echo DISKS=/dev/disks`,
    });
    const images = await component("images", { build: builds });
    for (const short of [false, true]) {
      const { env, missing } = await addComponents(
        [disks, images],
        { short, folder },
        { ...process.env, KUBECONFIG: "there" },
        never,
      );
      expect(missing).to.deep.equal([]);
      expect(env).to.include({
        KUBECONFIG: "there",
        DISKS: "/dev/disks",
        E2E_COMPONENTS: "disks,images",
      });
    }
  });

  it("are not built in the short form, and the run goes on without them", async () => {
    const disks = await component("disks", { build: builds });
    const images = await component("images", { build: "exit 0" });
    const { env, missing } = await addComponents(
      [disks, images],
      { short: true, folder },
      process.env,
      never,
    );
    expect(env["E2E_COMPONENTS"]).to.equal("images");
    expect(missing).to.deep.equal([
      { ...disks, why: "disks is not built; npm run e2e builds it, once" },
    ]);
  });

  for (const [script, scripts] of [
    ["build", { build: "echo a; echo no disks: get some. >&2; exit 3" }],
    ["up", { build: "exit 0", up: "echo no disks: get some. >&2; exit 3" }],
  ] as const)
    it(`that this machine cannot have give the reason: ${script}`, async () => {
      const { missing } = await addComponents(
        [await component("disks", scripts)],
        { short: false, folder },
        process.env,
        never,
      );
      expect(missing).to.have.lengthOf(1);
      expect(missing[0]?.why).to.equal("no disks: get some");
    });

  it("that fail otherwise fail the run, which goes on with the others", async () => {
    const disks = await component("disks", {
      build: "echo no such file >&2; exit 2",
    });
    const images = await component("images", { build: "exit 0" });
    const { env, missing } = await addComponents(
      [disks, images],
      { short: false, folder },
      process.env,
      never,
    );
    expect(missing).to.deep.equal([
      { ...disks, why: "it failed, exit code 2: no such file", failed: true },
    ]);
    expect(env["E2E_COMPONENTS"]).to.equal("images");
  });

  it("leave out their suites, which the last line names with the reason", () => {
    const missing = [
      {
        name: "disks",
        suites: ["workloads/waking", "workloads/burst"],
        why: "no disks",
      },
    ];
    expect(
      suitesWithout(["workloads/waking", "workloads/reuse"], missing),
    ).to.deep.equal(["workloads/reuse"]);
    expect(describeLeftOut({ short: false, keep: false }, missing)).to.equal(
      "; not run: workloads/waking, workloads/burst (no disks)",
    );
    expect(describeLeftOut({ short: false, keep: false }, [])).to.equal("");
    expect(
      describeLeftOut({ short: true, keep: false, only: "waking" }, missing),
    ).to.equal("; not run: workloads/waking (no disks)");
    expect(describeLeftOut({ short: true, keep: false }, missing)).to.match(
      /^; not run: workloads\/waking \(no disks\); skaffold\/commands, .*audit, installation\/deployment-overlay \(npm run e2e runs them\)$/,
    );
  });

  it("name a suite of which only a part needs them, and leave the rest of it in the run", () => {
    const missing = [
      {
        name: "fences",
        suites: ["network/policies"],
        partly: ["installation/deployment-overlay"],
        why: "no fences",
      },
    ];
    expect(
      suitesWithout(["installation/deployment-overlay"], missing),
    ).to.deep.equal(["installation/deployment-overlay"]);
    expect(describeLeftOut({ short: false, keep: false }, missing)).to.equal(
      "; not run: network/policies, a part of installation/deployment-overlay (no fences)",
    );
    expect(
      componentsOf(["installation/deployment-overlay"]).map(({ name }) => name),
    ).to.deep.equal(["network", "monitoring"]);
  });

  for (const name of globSync("*/up", { cwd: components }))
    it(`are added to a cluster; without one there is a line that says what to do: ${name}`, async () => {
      const { stderr, exitCode } = await runProgram(
        path.join(components, name),
        [],
        { env: { ...process.env, CLUSTER_STATE: path.join(folder, "none") } },
      );
      expect(exitCode, stderr).to.equal(3);
      expect(stderr).to.match(/^There is no cluster .*: start one with .*\n$/);
    });

  it("say in a line what a kernel without sets of addresses needs for network policies", async () => {
    await writeFile(path.join(folder, ".stateful-deployments-e2e"), "");
    await writeFile(path.join(folder, "ipset"), "#!/bin/sh\nexit 1\n", {
      mode: 0o755,
    });
    const { stderr, exitCode } = await runProgram(
      path.join(components, "network/up"),
      [],
      {
        env: {
          ...process.env,
          CLUSTER_STATE: folder,
          PATH: `${folder}:${process.env["PATH"]}`,
        },
      },
    );
    expect(exitCode, stderr).to.equal(3);
    expect(stderr).to.match(/^network needs .*: load its modules ip_set.*\n$/);
  });
});
