import { existsSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { aPod } from "../support/builders.ts";
import { eventually } from "../support/eventually.ts";
import { claimVolumes } from "../support/pods-and-claims.ts";
import { processesOf } from "../support/processes-of.ts";
import { sharedControlPlaneWithNodes } from "../support/shared-control-plane.ts";
import { copyFunctions, shows, startLoop } from "./running-loop.ts";
import type { Loop } from "./running-loop.ts";

/** About 5 s to come up on an idle machine with 2 cores. */
const patienceMs = 90_000;

function annotatedPod(name: string): V1Pod {
  const { metadata, spec } = aPod();
  return {
    metadata: {
      name,
      ...(metadata?.annotations && { annotations: metadata.annotations }),
    },
    ...(spec && { spec }),
  };
}

describe("npm run dev", function () {
  this.timeout(patienceMs);
  let functions = "";
  let loop: Loop | undefined;
  /** Ends what a test does in the background, also when the test fails: else the process would never end. */
  let enough = new AbortController();

  beforeEach(() => {
    enough = new AbortController();
  });

  before(async function () {
    // The loop must not have to build, and needs all that can be missing here.
    await sharedControlPlaneWithNodes(this, "kubectl");
    functions = await copyFunctions();
  });

  afterEach(() => {
    // One that has ended as it should does not mind.
    loop?.process.kill("SIGKILL");
    enough.abort();
  });

  after(async () => {
    if (functions !== "")
      await rm(path.dirname(functions), { recursive: true, force: true });
  });

  async function startUp(): Promise<{
    loop: Loop;
    core: CoreV1Api;
    directory: string;
  }> {
    const started = startLoop("--functions", functions);
    loop = started;
    await shows(started, /^Up until Ctrl-C/);
    const [, kubeconfig = ""] =
      /export KUBECONFIG=(\S+)/.exec(started.shown()) ?? [];
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return {
      loop: started,
      core: config.makeApiClient(CoreV1Api),
      directory: path.dirname(kubeconfig),
    };
  }

  /** Nothing runs that has to do with the control plane or with the function's sources. */
  async function nothingIsLeft(directory: string): Promise<void> {
    await eventually("no process and no directory left", async () => {
      const left = [
        ...(await processesOf(directory)),
        ...(await processesOf(functions)),
      ];
      if (left.length > 0) throw new Error(JSON.stringify(left));
      return !existsSync(directory);
    });
  }

  it("claims volumes with the function as it is, goes on while it is changed, sweeps when told, and leaves nothing", async () => {
    const { loop: running, core, directory } = await startUp();
    const namespace = "default";
    const created = await core.createNamespacedPod({
      namespace,
      body: annotatedPod("first"),
    });
    const [first] = claimVolumes(created);
    expect(first?.claim).to.match(/^first-cache-/);

    // Pods all the time, as if a rollout were going on.
    const claims: (string | undefined)[] = [];
    const refused: string[] = [];
    const creating = (async () => {
      while (!enough.signal.aborted) {
        try {
          const pod = await core.createNamespacedPod({
            namespace,
            dryRun: "All",
            body: annotatedPod("next"),
          });
          claims.push(claimVolumes(pod)[0]?.claim);
        } catch (error) {
          refused.push(String(error));
        }
        await sleep(20);
      }
    })();

    const source = path.join(functions, "contract/claim-name.ts");
    const text = await readFile(source, "utf8");
    await writeFile(
      source,
      text.replace(/(export function claimName)/, "$1Before"),
    );
    await shows(
      running,
      /claim-name\.ts changed, and the function does not start; the one before goes on/,
    );
    await writeFile(source, `${text}console.log("renewed");\n`);
    await shows(running, /^renewed$/);
    await shows(
      running,
      /claim-name\.ts changed: the function took over after \d+\.\d s/,
    );
    const before = claims.length;
    await eventually("Pods after it", () => claims.length >= before + 5);
    enough.abort();
    await creating;
    expect(refused).to.deep.equal([]);
    expect(
      claims.filter((claim) => !claim?.startsWith("next-cache-")),
    ).to.deep.equal([]);
    // The one before has ended.
    await eventually(
      "one function only",
      async () => (await processesOf(functions)).length === 2,
    );

    running.type("j --dry-run");
    await shows(running, new RegExp(`^default +${first?.claim} .*\\bfirst\\b`));
    running.type("sweep");
    await shows(running, /"sweep" is nothing: type j/);

    running.process.kill("SIGTERM");
    expect(await running.exited).to.deep.equal([0, null]);
    await nothingIsLeft(directory);
  });

  it("leaves nothing when it is killed", async () => {
    const { loop: running, directory } = await startUp();
    expect(await processesOf(functions)).to.have.length(2);
    running.process.kill("SIGKILL");
    await running.exited;
    await nothingIsLeft(directory);
  });

  for (const { name, args, code, says } of [
    {
      name: "explains itself",
      args: ["--help"],
      code: 0,
      says: /--functions <directory>/,
    },
    {
      name: "says what is wrong with an option",
      args: ["--twice"],
      code: 2,
      says: /--twice[^]*Try --help/,
    },
    {
      name: "says where it found no function",
      args: ["--functions", "/nowhere"],
      code: 2,
      says: /^--functions "\/nowhere": there is no \/nowhere\/main\.ts$/m,
    },
  ])
    it(name, async () => {
      const ended = startLoop(...args);
      loop = ended;
      expect((await ended.exited)[0]).to.equal(code);
      expect(ended.shown()).to.match(says);
    });
});
