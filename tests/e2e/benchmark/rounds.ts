import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import { kubectl, ourNamespace } from "../cluster.ts";
import { admitPod } from "./admission.ts";
import { atZero, coldStart } from "./cold-start.ts";
import type { ColdStart, Watched } from "./cold-start.ts";
import {
  benchmarkNamespace,
  callHello,
  importHelloImage,
  installHello,
  isOnOwnCluster,
  removeHello,
} from "./hello.ts";
import { afterIdle, idleSettings } from "./idle.ts";
import type { AfterIdle } from "./idle.ts";
import { markdown } from "./report.ts";
import type { Measured } from "./report.ts";
import { timeline } from "./timeline.ts";
import { variants } from "./variants.ts";
import type { Variant } from "./variants.ts";

const documents = path.join(import.meta.dirname, "../../../docs/benchmarks");

/** Warm calls in a round; they are short, and vary more than cold ones. */
const warmCalls = 5;

/** Goes to zero after this instead of the minute of the manifest: it decides when, and not how fast, it starts again. */
const window = "10s";

const ours: Watched = {
  namespace: ourNamespace,
  selector: "app.kubernetes.io/component=function",
  container: "function",
};
const hello: Watched = {
  namespace: benchmarkNamespace,
  selector: "app=hello",
  container: "hello",
};

const rounds = Number(process.argv[2] ?? 10);
const fewer = Math.ceil(rounds / 3);
await install();
try {
  const measured: Measured[] = [];
  for (const [index, variant] of variants.entries()) {
    if (variant.makeImage && !isOnOwnCluster) {
      console.log(`left out, needs an image: ${variant.name}`);
      continue;
    }
    await variant.makeImage?.();
    await use(variant);
    measured.push(await measure(variant, index === 0 ? rounds : fewer));
  }
  const idle: AfterIdle[] = [];
  for (const setting of idleSettings) {
    await use(setting);
    idle.push(await afterIdle(setting, ours, fewer));
  }
  await mkdir(documents, { recursive: true });
  const [asInstalled] = measured;
  if (asInstalled === undefined) throw new Error("nothing was measured");
  const file = path.join(documents, "cold-start.md");
  const machine = `${cpus().length} cores, ${cpus()[0]?.model ?? ""}`;
  await writeFile(
    file,
    await format(markdown(measured, idle, machine), {
      ...(await resolveConfig(file)),
      filepath: file,
    }),
  );
  await writeFile(
    path.join(documents, "cold-start.svg"),
    timeline(asInstalled),
  );
  console.log(`written: ${path.relative(process.cwd(), documents)}`);
} finally {
  await removeHello();
  for (const block of [
    (await commandsOf("Uninstall"))[0],
    (await commandsOf("Uninstall")).at(-1),
  ])
    await runBlock(block ?? "");
}

async function install(): Promise<void> {
  const overlay = process.env["E2E_OVERLAY"];
  for (const block of await commandsOf("Install"))
    await runBlock(block, overlay === undefined ? {} : { overlay });
  await importHelloImage();
  await installHello(
    {
      "autoscaling.knative.dev/window": window,
      "autoscaling.knative.dev/scale-to-zero-pod-retention-period": "0s",
    },
    {
      requests: { cpu: "100m", memory: "128Mi" },
      limits: { cpu: "2", memory: "256Mi" },
    },
  );
}

/** Brings the function to the settings of a variant, and to no others. */
async function use({
  annotations = {},
  container = {},
}: Variant): Promise<void> {
  const template = {
    metadata: {
      annotations: { "autoscaling.knative.dev/window": window, ...annotations },
    },
  };
  const overlay = process.env["E2E_OVERLAY"] ?? "manifests/overlays/kourier";
  // Back to the manifest first, so that nothing of the variant before stays.
  await kubectl(["apply", "--kustomize", overlay]);
  await kubectl([
    "patch",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--type=merge",
    `--patch=${JSON.stringify({ spec: { template } })}`,
  ]);
  const operations = Object.entries(container).map(([field, value]) => ({
    op: "replace",
    path: `/spec/template/spec/containers/0/${field}`,
    value,
  }));
  if (operations.length > 0)
    await kubectl([
      "patch",
      "ksvc/function",
      `--namespace=${ourNamespace}`,
      "--type=json",
      `--patch=${JSON.stringify(operations)}`,
    ]);
  await kubectl([
    "wait",
    "ksvc/function",
    `--namespace=${ourNamespace}`,
    "--for=condition=Ready",
    "--timeout=3m",
  ]);
}

async function measure(variant: Variant, count: number): Promise<Measured> {
  const cold: ColdStart[] = [];
  const helloCold: ColdStart[] = [];
  const warm: number[] = [];
  const helloWarm: number[] = [];
  const bare: number[] = [];
  for (let round = 1; round <= count; round += 1) {
    await Promise.all([atZero(ours), atZero(hello)]);
    const steps = [
      async () => {
        cold.push(await coldStart(ours, () => admitPod({ annotated: true })));
      },
      async () => {
        helloCold.push(await coldStart(hello, callHello));
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
