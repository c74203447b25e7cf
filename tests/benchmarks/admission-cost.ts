/**
 * What one admission costs the function, compared with a webhook that creates the same claim and checks nothing. Linux only:
 *     node tests/benchmarks/admission-cost.ts [rounds, 5 unless given]
 * Reviews go straight to both programs, by turns, without the API server's part. There are no controllers: no claim is bound.
 */
import { writeFileSync } from "node:fs";
import { Agent } from "node:https";
import path from "node:path";
import { createNamespace } from "../control-plane/cluster-objects.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import { aPod, aRequest, aReview } from "../support/builders.ts";
import { buildIfOld, FUNCTION } from "../support/built-programs.ts";
import { certificateDirectory, webhookToken } from "../support/function-on.ts";
import { cpuSeconds, peakMemory } from "../support/process-usage.ts";
import { portOf, startProgram } from "../support/program.ts";
import { sendReview } from "./direct-review.ts";
import { ms, percentile } from "./hand-over-report.ts";

/** Admissions of a round, as many as this at once. */
const ADMISSIONS = 1_000;
const AT_ONCE = 16;
/** Admissions of a round, one at a time. */
const ONE_BY_ONE = 200;

const [rounds = 5] = process.argv.slice(2).map(Number);
await buildIfOld();
const controlPlane = await startControlPlane({ controllers: false, nodes: 0 });
const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
let uid = 0;

interface Webhook {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly stop: () => Promise<unknown>;
  readonly cpu: number[];
  readonly times: number[];
}

try {
  const TLS_CERT_DIR = await certificateDirectory(controlPlane);
  const ca = path.join(controlPlane.directory, "benchmark-ca.crt");
  writeFileSync(ca, controlPlane.caPem);
  const webhooks = [
    await start("function", FUNCTION, {
      KUBECONFIG: controlPlane.kubeconfigFor(controlPlane.adminToken),
      PORT: "0",
      TLS_CERT_DIR,
      WEBHOOK_TOKEN: webhookToken,
    }),
    await start(
      "bare handler",
      path.join(import.meta.dirname, "bare-handler.ts"),
      {
        TLS_CERT_DIR,
        CA: ca,
        SERVER: controlPlane.server,
        TOKEN: controlPlane.adminToken,
      },
    ),
  ];
  for (let round = 0; round <= rounds; round += 1)
    for (const webhook of webhooks) {
      const namespace = `${webhook.name.replace(" ", "-")}-${round}`;
      await createNamespace(controlPlane.kubeConfig, namespace);
      const times: number[] = [];
      const before = cpuSeconds(webhook.pid);
      await admitMany(webhook, namespace, ADMISSIONS, AT_ONCE);
      const cpu = ((cpuSeconds(webhook.pid) - before) * 1_000) / ADMISSIONS;
      for (let one = 0; one < ONE_BY_ONE; one += 1)
        times.push(await admit(webhook, namespace));
      // The first round warms up.
      if (round === 0) continue;
      webhook.cpu.push(cpu);
      webhook.times.push(...times);
      process.stderr.write(
        `round ${round} of ${rounds}: ${webhook.name} ${ms(cpu)} of CPU time an admission\n`,
      );
    }
  for (const { cpu, name, pid, times } of webhooks)
    console.log(
      [
        name.padEnd(14),
        `CPU ${ms(percentile(cpu, 0.5))} (${ms(Math.min(...cpu))} to ${ms(Math.max(...cpu))})`,
        `one at a time p50 ${ms(percentile(times, 0.5))}, p99 ${ms(percentile(times, 0.99))}`,
        `at most ${peakMemory(pid).toFixed(0)} MiB`,
      ].join("  "),
    );
  for (const webhook of webhooks) await webhook.stop();
} finally {
  agent.destroy();
  await controlPlane.stop();
}

async function start(
  name: string,
  entry: string,
  env: Readonly<Record<string, string>>,
): Promise<Webhook> {
  const program = startProgram(entry, {
    env: { NODE_OPTIONS: process.env["NODE_OPTIONS"] ?? "", ...env },
  });
  const port = await portOf(program);
  return {
    name,
    pid: program.process.pid ?? 0,
    port,
    stop: async () => {
      program.process.kill("SIGTERM");
      await program.exited;
    },
    cpu: [],
    times: [],
  };
}

async function admitMany(
  webhook: Webhook,
  namespace: string,
  count: number,
  atOnce: number,
): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (left > 0) {
        left -= 1;
        await admit(webhook, namespace);
      }
    }),
  );
}

/** Milliseconds until the Pod is admitted. */
async function admit({ port }: Webhook, namespace: string): Promise<number> {
  const review = aReview(
    aRequest(aPod(), { uid: `request-${(uid += 1)}`, namespace }),
  );
  const begin = performance.now();
  await sendReview(agent, port, review);
  return performance.now() - begin;
}
