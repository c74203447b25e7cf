import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { CoreV1Api } from "@kubernetes/client-node";
import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { forEachLimited } from "../../../janitor/cluster/concurrency.ts";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { reused } from "../../integration/reuse/reuse-suite.ts";
import { aPod, aRequest, aReview } from "../../support/builders.ts";
import { FUNCTION } from "../../support/built-programs.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { cpuSeconds } from "../../support/process-usage.ts";
import { startProgram } from "../../support/program.ts";
import { sendReview } from "../measure/direct-review.ts";
import { withLogReader } from "../programs/log-reader.ts";
import { ms } from "./report.ts";
import type { Section } from "./report.ts";
import { rotated } from "../measure/rotated.ts";
import { percentile } from "../measure/statistics.ts";

const CREATES_AT_ONCE = 32;
/** The goal for an admission with a free set, in times of one with a new claim. */
const MOST_TIMES_NEW_CLAIM = 1.6;
/** Rounds that do not count. */
const WARM_UP = 20;
/** Of a class that provisions nothing: these claims are never bound, and the controllers have no work with them. */
const NO_CLASS = { "storage-class": "" };

/** Reviews sent straight to the built function, without the API server: one at a time, then a burst on a large pool. */
export async function measureAdmissions(
  controlPlane: ControlPlane,
  load: { rounds: number; sets: number; pods: number },
): Promise<Section> {
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  const env = {
    KUBECONFIG: controlPlane.kubeconfigPath,
    PORT: "0",
    TLS_CERT_DIR: await certificateDirectory(controlPlane),
    WEBHOOK_TOKEN: webhookToken,
  };
  const program = withLogReader((stdout) =>
    startProgram(FUNCTION, { env, stdout }),
  );
  const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
  try {
    const port = await program.listens();
    let uid = 0;
    const admit = async (
      namespace: string,
      keys?: Readonly<Record<string, string>>,
    ): Promise<{ took: number; hit: boolean }> => {
      const review = aReview(
        aRequest(
          aPod({
            ...(keys && { annotations: reused({ ...NO_CLASS, ...keys }) }),
            labels: { "pod-template-hash": "5d4f8c7b9" },
          }),
          { uid: `request-${(uid += 1)}`, namespace },
        ),
      );
      const begin = performance.now();
      const { auditAnnotations } = await sendReview(agent, port, review);
      return {
        took: performance.now() - begin,
        hit: auditAnnotations?.pool?.startsWith("hit") ?? false,
      };
    };

    await createNamespace(controlPlane.kubeConfig, "one-by-one");
    await fillPool("one-by-one", WARM_UP + load.rounds);
    const reusing: number[] = [];
    const creating: number[] = [];
    const kinds = [
      { keys: {}, times: reusing },
      { keys: undefined, times: creating },
    ];
    for (let round = 0; round < WARM_UP + load.rounds; round += 1)
      for (const { keys, times } of rotated(kinds, round)) {
        const { took } = await admit("one-by-one", keys);
        if (round >= WARM_UP) times.push(took);
      }

    await createNamespace(controlPlane.kubeConfig, "burst");
    await fillPool("burst", load.sets);
    const listsBefore = await countLists();
    const cpuBefore = cpuSeconds(program.process.pid ?? 0);
    const begin = performance.now();
    const answers = await Promise.all(
      Array.from({ length: load.pods }, () => admit("burst", {})),
    );
    const seconds = (performance.now() - begin) / 1_000;
    const cpu = cpuSeconds(program.process.pid ?? 0) - cpuBefore;
    const lists = (await countLists()) - listsBefore;
    const times = answers.map(({ took }) => took);
    const hits = answers.filter(({ hit }) => hit).length;
    const ratio = percentile(reusing, 0.5) / percentile(creating, 0.5);
    return {
      title: "One admission",
      text: `Reviews go straight to the function, without the API server's part. First one at a time, after ${WARM_UP} rounds that do not count: ${load.rounds} Pods of a pool of free sets and as many Pods with a new claim, in turn; each kind comes first in every other round. Then ${load.pods} Pods at once, of a pool of ${load.sets} idle sets.`,
      rows: [
        {
          what: "a free set, one at a time",
          value: `p50 ${ms(percentile(reusing, 0.5))}, p99 ${ms(percentile(reusing, 0.99))}`,
        },
        {
          what: "a new claim, one at a time",
          value: `p50 ${ms(percentile(creating, 0.5))}, p99 ${ms(percentile(creating, 0.99))}`,
        },
        {
          what: "a free set, times a new claim (p50)",
          value: ratio.toFixed(2),
          goal: {
            text: `at most ${MOST_TIMES_NEW_CLAIM}`,
            met: ratio <= MOST_TIMES_NEW_CLAIM,
          },
        },
        {
          what: `${load.pods} at once: until all are answered`,
          value: `${seconds.toFixed(1)} s, ${hits} hits`,
        },
        {
          what: `${load.pods} at once: one answer`,
          value: `p50 ${ms(percentile(times, 0.5))}, p99 ${ms(percentile(times, 0.99))}`,
        },
        {
          what: `${load.pods} at once: lists of claims or Pods`,
          value: `${lists}, ${(lists / seconds).toFixed(1)} a second`,
        },
        {
          what: `${load.pods} at once: CPU time of an admission`,
          value: ms((cpu * 1_000) / load.pods),
        },
      ],
    };

    /** Creates sets of the pool of `admit`, as if their leases had ended. */
    async function fillPool(namespace: string, sets: number): Promise<void> {
      await admit(namespace, {});
      const { items } = await core.listNamespacedPersistentVolumeClaim({
        namespace,
      });
      const [first] = items;
      if (!first) throw new Error("there is no claim");
      await forEachLimited(
        Array.from({ length: sets }, (_, index) => index),
        CREATES_AT_ONCE,
        async (index) => {
          await core.createNamespacedPersistentVolumeClaim({
            namespace,
            body: freeLike(first, `web-cache-${index}`),
          });
        },
      );
      // Nobody uses the lists of the first Pod any more.
      await sleep(1_500);
    }
  } finally {
    agent.destroy();
    program.process.kill("SIGTERM");
    await program.exited;
  }

  /** Lists that the API server has answered, of claims and of Pods. */
  async function countLists(): Promise<number> {
    const { stdout } = await controlPlane.kubectl(["get", "--raw", "/metrics"]);
    return stdout
      .split("\n")
      .filter(
        (line) =>
          line.startsWith("apiserver_request_total{") &&
          line.includes('verb="LIST"') &&
          /resource="(pods|persistentvolumeclaims)"/.test(line),
      )
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }
}

/** A set of the same pool that nobody has. */
function freeLike(
  { metadata, spec }: V1PersistentVolumeClaim,
  name: string,
): V1PersistentVolumeClaim {
  const annotations = Object.fromEntries(
    Object.entries(metadata?.annotations ?? {}).filter(
      ([key]) => !key.startsWith("volume-claim/lease-"),
    ),
  );
  return {
    metadata: {
      name,
      labels: { ...metadata?.labels, "volume-claim/set": name },
      annotations,
    },
    ...(spec && { spec }),
  };
}
