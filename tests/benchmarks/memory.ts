/**
 * How much memory the built programs take, by which the manifests' requests and limits were chosen. Linux only:
 *     node tests/benchmarks/memory.ts [claims, "0 1000 5000" unless given]
 * NODE_OPTIONS counts for the programs: Node gives its heap half of a container's memory, so `--max-old-space-size=256` is
 * what the janitor has within its limit of 512Mi.
 *
 * Each claim has its Pod, on a node, of about 8 KB. There are no controllers, so that Pods stay as they were made. The first
 * sweep makes each Pod the owner of its claim, the next one finds nothing to do.
 */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { connectApiServer } from "../../functions/kubernetes/api-server.ts";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { buildIfOld, FUNCTION, JANITOR } from "../support/built-programs.ts";
import { certificateDirectory, webhookToken } from "../support/function-on.ts";
import { LARGE_REVIEWS, sendLarge } from "../support/large-reviews.ts";
import { peakMemory } from "../support/process-usage.ts";
import { portOf, startProgram } from "../support/program.ts";
import { sendReview } from "./direct-review.ts";
import { objectsOn, spread } from "./sweep-objects.ts";

/** A Pod has about 8 KB. */
const SETTINGS_OF_POD = 40;
const ADMISSIONS_AT_ONCE = 500;
const BURSTS = 10;
const namespace = "memory";
const nodeOptions = process.env["NODE_OPTIONS"] ?? "";

await buildIfOld();

const counts = process.argv.slice(2).map(Number);
const controlPlane = await startControlPlane({ controllers: false, nodes: 0 });
try {
  await createNamespace(controlPlane.kubeConfig, namespace);
  const objects = objectsOn(
    connectApiServer(controlPlane.kubeConfig, "benchmark"),
    SETTINGS_OF_POD,
  );
  let made = 0;
  console.log("janitor: claims  first sweep          next sweep");
  for (const count of counts.length > 0 ? counts : [0, 1_000, 5_000]) {
    await objects.used(spread(made, count, [namespace]), false);
    made = count;
    const cells = [await sweep(), await sweep()].map((cell) => cell.padEnd(19));
    console.log(`${String(count).padStart(15)}  ${cells.join("  ")}`);
  }
  await measureFunction();
  await measureLargeReviews();
} finally {
  await controlPlane.stop();
}

/** Runs the janitor once; its greatest resident set, and how long it took. */
async function sweep(): Promise<string> {
  // In KiB: https://nodejs.org/api/process.html#processresourceusage
  const tellPeak = encodeURIComponent(
    'process.on("exit", () => process.stderr.write(`${process.resourceUsage().maxRSS}`));',
  );
  const startedAt = performance.now();
  const program = startProgram(JANITOR, {
    args: [`--namespace=${namespace}`],
    env: {
      KUBECONFIG: controlPlane.kubeconfigPath,
      NODE_OPTIONS: `${nodeOptions} --import=data:text/javascript,${tellPeak}`,
    },
  });
  if ((await program.exited) !== 0)
    throw new Error(`the janitor failed: ${program.stderr()}`);
  const seconds = (performance.now() - startedAt) / 1_000;
  return `${mebibytes(program.stderr())} MiB, ${seconds.toFixed(1)} s`;
}

async function measureFunction(): Promise<void> {
  const program = startProgram(FUNCTION, {
    env: {
      KUBECONFIG: controlPlane.kubeconfigPath,
      PORT: "0",
      TLS_CERT_DIR: await certificateDirectory(controlPlane),
      WEBHOOK_TOKEN: webhookToken,
      NODE_OPTIONS: nodeOptions,
    },
  });
  try {
    const port = await portOf(program);
    const report = (when: string): void => {
      const file = `/proc/${program.process.pid}/status`;
      const status = readFileSync(file, "utf8");
      const of = (key: string): string =>
        mebibytes(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)?.[1]);
      console.log(
        `function ${when}: at most ${of("VmHWM")} MiB, ${of("RssAnon")} MiB now without files`,
      );
    };
    await sleep(2_000);
    report("idle");
    for (let burst = 1; burst <= BURSTS; burst += 1) {
      const allowed = await admit(port, burst);
      if (burst === 1 || burst === BURSTS)
        report(
          `after ${burst} times ${ADMISSIONS_AT_ONCE} admissions at once (${allowed} of the last allowed)`,
        );
    }
  } finally {
    program.process.kill("SIGTERM");
    await program.exited;
  }
}

/** The largest bodies, all of them at once: most are turned away for a second, as often as it takes. */
async function measureLargeReviews(): Promise<void> {
  for (const [name, make] of Object.entries(LARGE_REVIEWS)) {
    const program = startProgram(FUNCTION, {
      env: {
        KUBECONFIG: controlPlane.kubeconfigPath,
        PORT: "0",
        NODE_OPTIONS: nodeOptions,
      },
    });
    try {
      const port = await portOf(program);
      for (const count of [1, 25, 26, 40]) {
        const { admitted, repeated } = await sendLarge(port, make(), count);
        const peak = peakMemory(program.process.pid ?? 0).toFixed(0);
        console.log(
          `function with ${count} bodies of 20 MiB at once, ${name}: at most ${peak} MiB (${admitted} allowed, ${repeated} calls sent again)`,
        );
      }
    } finally {
      program.process.kill("SIGKILL");
      await program.exited;
    }
  }
}

/** Sends so many reviews, each over a connection of its own; how many of them were answered with yes. */
async function admit(port: number, burst: number): Promise<number> {
  const agent = new Agent({ ca: controlPlane.caPem });
  const answers = await Promise.allSettled(
    Array.from({ length: ADMISSIONS_AT_ONCE }, async (_, index) => {
      const review = aReview(
        aRequest(aPod(), { uid: `burst-${burst}-${index}`, namespace }),
      );
      return await sendReview(agent, port, review);
    }),
  );
  agent.destroy();
  return answers.filter(({ status }) => status === "fulfilled").length;
}

function mebibytes(kibibytes: string | undefined): string {
  return (Number(kibibytes) / 1_024).toFixed(0);
}
