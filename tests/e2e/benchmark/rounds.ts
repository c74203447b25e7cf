/** Measures, on the cluster of KUBECONFIG: main.ts starts it with the number of rounds. */
import { setTimeout as sleep } from "node:timers/promises";
import { circumstancesWith } from "../../benchmarks/measure/circumstances.ts";
import { kubernetesVersion } from "../steps/cluster.ts";
import { builds, hello } from "./builds.ts";
import { atZero, coldStart } from "./cold-start.ts";
import type { ColdStart } from "./cold-start.ts";
import { afterIdle, idleSettings } from "./idle.ts";
import type { AfterIdle } from "./idle.ts";
import { publish, withInstalled } from "./installed.ts";
import { markdown } from "./report.ts";
import {
  admitPod,
  annotateFunction,
  functionService,
  installBuild,
  installHello,
} from "./services.ts";

/** Warm calls in a round; they are short, and vary more than cold ones. */
const warmCalls = 5;

/** Of fewer than these nothing is written: others may rely on the figures of the page. */
const roundsToWrite = 10;

const rounds = Number(process.argv[2] ?? roundsToWrite);
const circumstances = circumstancesWith(await kubernetesVersion());
await withInstalled(async () => {
  // It decides when a Service goes to zero, and not how fast it starts again.
  await annotateFunction({ "autoscaling.knative.dev/window": "10s" });
  const services = [await installHello(hello), functionService];
  for (const build of builds) services.push(await installBuild(build));
  const measured = services.map((service) => ({
    service,
    name: service.name,
    cold: [] as ColdStart[],
    warm: [] as number[],
  }));
  const bare: number[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    await Promise.all(services.map(atZero));
    // The later ones find the machine a little busier: each comes first in its turn.
    const first = round % measured.length;
    for (const { service, cold } of [
      ...measured.slice(first),
      ...measured.slice(0, first),
    ]) {
      cold.push(await coldStart(service));
      await sleep(2_000);
    }
    for (let call = 0; call < warmCalls; call += 1) {
      bare.push(await timeOf(() => admitPod({ annotated: false })));
      for (const { service, warm } of measured)
        warm.push(await timeOf(service.call));
    }
    console.log(
      `round ${round} of ${rounds}: ${measured.map(({ name, cold }) => `${name} ${cold.at(-1)?.total} ms`).join(", ")}`,
    );
  }
  const idle: AfterIdle[] = [];
  for (const { name, annotations } of idleSettings) {
    await annotateFunction(annotations);
    idle.push(await afterIdle(name, Math.ceil(rounds / 5)));
  }
  const [helloWorld, installed, ...others] = measured;
  if (helloWorld === undefined || installed === undefined)
    throw new Error("nothing was measured");
  await publish(
    "cold-start.md",
    markdown(
      { hello: helloWorld, installed, builds: others, bare, idle },
      circumstances,
    ),
    rounds >= roundsToWrite,
  );
});

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await call();
  return performance.now() - startedAt;
}
