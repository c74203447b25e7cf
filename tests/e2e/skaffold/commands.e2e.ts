import { appendFile, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { runProgram } from "../../control-plane/run-program.ts";
import { eventually } from "../../support/eventually.ts";
import { core, installedOf, kubectl } from "../steps/cluster.ts";
import type { Overlay } from "../steps/overlay.ts";
import { measured } from "../steps/mocha-output.ts";
import {
  copyOfRepository,
  Skaffold,
  skaffoldGround,
  type Ground,
} from "./skaffold.ts";
import { templateWithClaim } from "../steps/workloads.ts";

/** The first build of an image on a busy machine, then certificates, and Pods that start. */
const readyTimeoutMs = 600_000;
const goneTimeoutMs = 120_000;
/** A copy into the running Pod and a restart take about 2.5 s, and longer on a busy machine. */
const syncLimitMs = 15_000;

/** How people build images, and how the nodes get them. */
const ways = [
  {
    name: "Docker, for kind",
    run: [],
    dev: [],
    repository: () => "dev.local",
    env: ({ env, state }: Ground) => ({
      ...env,
      KUBECONFIG: path.join(state, "kind.kubeconfig"),
    }),
  },
  {
    name: "buildah and a registry",
    run: ["--profile=buildah"],
    dev: ["--profile=buildah-dev"],
    repository: ({ registry }: Ground) => registry,
    env: ({ envWithoutDocker }: Ground) => envWithoutDocker,
  },
];
const overlays = [
  { overlay: "kourier", run: [], dev: [] },
  {
    overlay: "deployment",
    run: ["--profile=deployment"],
    dev: ["--profile=deployment-dev"],
  },
] as const;

/** What the API server answers about a Pod whose size no function accepts. It creates nothing, whoever answers. */
async function answerToWrongPod(): Promise<string> {
  const { metadata, spec } = templateWithClaim("skaffold");
  if (spec === undefined) throw new Error("the template has no spec");
  const annotations = {
    ...metadata?.annotations,
    "volume-claim-template/storage": "much",
  };
  try {
    await core.createNamespacedPod({
      namespace: "default",
      dryRun: "All",
      body: { metadata: { ...metadata, annotations, name: "wrong" }, spec },
    });
    return "created";
  } catch (error) {
    return String(error);
  }
}

/** Waits until the function answers with this text, asked all the time. */
async function functionAnswers(text: string): Promise<void> {
  await eventually(
    `an admission is answered with ${text}`,
    async () => {
      const answer = await answerToWrongPod();
      if (!answer.includes(text)) throw new Error(answer);
      return true;
    },
    readyTimeoutMs,
  );
}

async function nothingIsLeft(overlay: Overlay): Promise<void> {
  await eventually(
    "all objects are deleted",
    async () => {
      const left = await installedOf(overlay);
      if (left.length > 0) throw new Error(left.join(", "));
      return true;
    },
    goneTimeoutMs,
  );
}

for (const way of ways)
  for (const { overlay, ...profiles } of overlays)
    describe(`Skaffold with ${way.name}, overlay ${overlay}`, () => {
      let ground: Ground;
      let sources = "";
      let dev: Skaffold | undefined;
      const source = (name: string): string => path.join(sources, name);

      function start(command: string, ...args: readonly string[]): Skaffold {
        const kind = command === "dev" ? "dev" : "run";
        return new Skaffold(
          [
            command,
            ...way[kind],
            ...profiles[kind],
            `--default-repo=${way.repository(ground)}`,
            ...args,
          ],
          sources,
          {
            log: path.join(ground.state, `${command}.log`),
            env: way.env(ground),
          },
        );
      }

      before(async function () {
        ground = skaffoldGround(this);
        sources = await copyOfRepository(ground);
      });
      after(async () => {
        dev?.kill();
        if (sources === "") return;
        // For a test that has failed: the next suites install by themselves.
        await kubectl(
          `delete -k ${sources}/manifests/overlays/${overlay} --ignore-not-found`,
        );
      });

      it("dev: builds, installs, and the function answers", async () => {
        const startedAt = performance.now();
        dev = start("dev");
        await dev.prints("Watching for changes");
        measured("dev until ready", performance.now() - startedAt);
        await functionAnswers("denied the request");
      });

      it("dev: runs a saved source of the function, and builds no image", async () => {
        if (dev === undefined) throw new Error("skaffold does not run");
        const from = dev.output.length;
        const file = source("functions/admission/response.ts");
        const text = await readFile(file, "utf8");
        const saved = text.replace(
          "{ allowed: false, reason, code: 422,",
          "{ allowed: false, reason: `saved: ${reason}`, code: 422,",
        );
        expect(saved).to.not.equal(text);
        const savedAt = performance.now();
        await writeFile(file, saved);
        await functionAnswers("saved: ");
        const took = performance.now() - savedAt;
        measured("a saved file until the new code answers", took);
        expect(took).to.be.below(syncLimitMs);
        await dev.prints("Watching for changes", from);
        const said = dev.output.slice(from);
        expect(said).to.match(/Syncing 1 files? for \S*stateful-deployments/);
        expect(said).to.not.match(/Building \[/);
      });

      it("dev: builds the janitor alone for a source of the janitor", async () => {
        if (dev === undefined) throw new Error("skaffold does not run");
        const from = dev.output.length;
        // Nothing that an earlier build knows.
        await appendFile(source("janitor/main.ts"), `// ${Date.now()}\n`);
        await dev.prints("Building [stateful-deployments/janitor]", from);
        await dev.prints("Watching for changes", from);
        expect(dev.output.slice(from)).to.not.include(
          "Building [stateful-deployments/function]",
        );
        await functionAnswers("saved: ");
      });

      it("dev: leaves nothing after Ctrl-C", async () => {
        if (dev === undefined) throw new Error("skaffold does not run");
        expect(await installedOf(overlay)).to.not.be.empty;
        const interruptedAt = performance.now();
        await dev.interrupt();
        measured("Ctrl-C until it ends", performance.now() - interruptedAt);
        await nothingIsLeft(overlay);
        measured(
          "Ctrl-C until nothing is left",
          performance.now() - interruptedAt,
        );
      });

      it("run: installs what it renders, and kubectl finds no difference", async () => {
        const startedAt = performance.now();
        await start("run").succeeded();
        measured("run until ready", performance.now() - startedAt);
        await functionAnswers("denied the request");

        const built = path.join(ground.state, "built.json");
        const rendered = path.join(ground.state, "rendered.yaml");
        await start("build", `--file-output=${built}`).succeeded();
        await start(
          "render",
          `--build-artifacts=${built}`,
          `--output=${rendered}`,
        ).succeeded();
        // Skaffold labels what it installs with an id of the call, which changes the generation too.
        const ignored = ["run-id", "labels", "generation"];
        const diff = `diff -u -N ${ignored.map((line) => `-I ${line}`).join(" ")}`;
        const { stdout, stderr, exitCode } = await runProgram(
          "kubectl",
          ["diff", `--filename=${rendered}`],
          { env: { ...process.env, KUBECTL_EXTERNAL_DIFF: diff } },
        );
        expect(stdout + stderr).to.equal("");
        expect(exitCode).to.equal(0);
      });

      it("delete: leaves nothing", async () => {
        expect(await installedOf(overlay)).to.not.be.empty;
        const startedAt = performance.now();
        await start("delete").succeeded();
        await nothingIsLeft(overlay);
        measured("delete until nothing is left", performance.now() - startedAt);
      });
    });
