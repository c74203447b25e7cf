import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import { admitPod, createPod } from "./admission.ts";
import { atZero, coldStart } from "./cold-start.ts";
import type { ColdStart, Watched } from "./cold-start.ts";
import {
  benchmarkNamespace,
  helloCaller,
  importHelloImage,
  installHello,
  removeHello,
} from "./hello.ts";
import { afterIdle, idleSettings } from "./idle.ts";
import type { AfterIdle } from "./idle.ts";
import {
  functionService,
  installedService,
  use,
  window,
} from "./function-service.ts";
import type { Installed } from "./function-service.ts";
import { markdown } from "./report.ts";
import type { Measured } from "./report.ts";
import { timeline } from "./timeline.ts";
import { variants } from "./variants.ts";
import type { Variant } from "./variants.ts";

const documents = path.join(import.meta.dirname, "../../../docs/benchmarks");

/** Warm calls in a round; they are short, and vary more than cold ones. */
const warmCalls = 5;

/** Of fewer than these nothing is written: the document has figures that somebody may rely on. */
const roundsToWrite = 10;

const hello: Watched = {
  namespace: benchmarkNamespace,
  selector: "app=hello",
  container: "hello",
};

const overlay = process.env["E2E_OVERLAY"] ?? "manifests/overlays/kourier";
const rounds = Number(process.argv[2] ?? roundsToWrite);
const ofVariant = Math.ceil(rounds / 4);
/** They take longer each, and vary less. */
const ofIdle = Math.ceil(rounds / 5);
try {
  const installed = await install();
  const callHello = await helloCaller();
  const measured: Measured[] = [];
  for (const [index, variant] of variants.entries()) {
    await variant.makeImage?.();
    await use(variant, installed);
    measured.push(
      await measure(variant, index === 0 ? rounds : ofVariant, callHello),
    );
  }
  const idle: AfterIdle[] = [];
  for (const setting of idleSettings) {
    await use(setting, installed);
    idle.push(await afterIdle(setting, functionService, ofIdle));
  }
  await write(measured, idle);
} finally {
  await removeHello();
  for (const block of [
    (await commandsOf("Uninstall"))[0],
    (await commandsOf("Uninstall")).at(-1),
  ])
    await runBlock(block ?? "");
}

async function install(): Promise<Installed> {
  for (const block of await commandsOf("Install"))
    await runBlock(block, { overlay });
  const installed = await installedService(overlay);
  await importHelloImage();
  await installHello(
    {
      "autoscaling.knative.dev/window": window,
      "autoscaling.knative.dev/scale-to-zero-pod-retention-period": "0s",
    },
    installed.container.resources,
  );
  return installed;
}

async function write(
  measured: readonly Measured[],
  idle: readonly AfterIdle[],
): Promise<void> {
  const [asInstalled] = measured;
  if (asInstalled === undefined) throw new Error("nothing was measured");
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? ""}`;
  const file = path.join(documents, "cold-start.md");
  const text = await format(markdown(measured, idle, machine), {
    ...(await resolveConfig(file)),
    filepath: file,
  });
  if (rounds < roundsToWrite) {
    console.log(`${text}\nnot written: fewer than ${roundsToWrite} rounds`);
    return;
  }
  await mkdir(documents, { recursive: true });
  await writeFile(file, text);
  await writeFile(
    path.join(documents, "cold-start.svg"),
    timeline(asInstalled),
  );
  console.log(`written: ${path.relative(process.cwd(), documents)}`);
}

async function measure(
  variant: Variant,
  count: number,
  callHello: () => Promise<void>,
): Promise<Measured> {
  const cold: ColdStart[] = [];
  const helloCold: ColdStart[] = [];
  const warm: number[] = [];
  const helloWarm: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    await Promise.all([atZero(functionService), atZero(hello)]);
    const steps = [
      async () => {
        const { sent: pod, ...start } = await coldStart(functionService, () =>
          createPod({ annotated: true }),
        );
        cold.push(start);
        await pod.remove();
      },
      async () => {
        const { sent: _, ...start } = await coldStart(hello, callHello);
        helloCold.push(start);
      },
    ];
    // Whichever comes second finds the machine a little busier: they take turns.
    for (const step of round % 2 === 0 ? steps : steps.toReversed()) {
      await step();
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
    for (let call = 0; call < warmCalls; call += 1) {
      bare.push(await admitPod({ annotated: false }));
      warm.push(await admitPod({ annotated: true }));
      const startedAt = performance.now();
      await callHello();
      helloWarm.push(performance.now() - startedAt);
    }
    console.log(
      `${variant.name}, round ${round} of ${count}: cold admission ${cold.at(-1)?.total} ms, hello-world ${helloCold.at(-1)?.total} ms, warm ${Math.round(warm.at(-1) ?? 0)} ms`,
    );
  }
  return { variant, cold, helloCold, warm, helloWarm, bare };
}
