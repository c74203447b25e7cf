import { setTimeout as sleep } from "node:timers/promises";
import { ApiException, CoreV1Api } from "@kubernetes/client-node";
import { errorMessage } from "../../../functions/contract/error-message.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { aBarePod } from "../../support/admission-suite.ts";
import { eventually } from "../../support/eventually.ts";
import { memoryNow } from "../../support/process-usage.ts";
import type { ResidentProgram } from "../ways/resident-program.ts";
import type { Way } from "../ways/ways.ts";
import type { Workload } from "../ways/workload.ts";

const REPLICAS = 10;
/** Long enough for controllers and garbage collection, on a busy machine. */
const SETTLED_MS = 20_000;
/** A ReplicaSet tries again after 1, 2, 4, 8, 16 and 32 seconds. */
const REJECTED_MS = 60_000;
const DOWN_MS = 15_000;
/** A sweep that finds most of a namespace unused only marks it. One that comes so much later deletes. */
const BETWEEN_SWEEPS_MS = 31_000;

/** A way with the programs that it needs, beside those of Kubernetes. */
export interface Subject {
  readonly way: Way;
  readonly programs: readonly ResidentProgram[];
  /** Those of them that the Pods of the way need. */
  readonly needed: readonly ResidentProgram[];
  /** What cleans up from time to time. */
  readonly sweep?: (namespace: string) => Promise<void>;
}

/** A question about a way, answered by doing it. */
export interface Question {
  /** Of a row. */
  readonly title: string;
  readonly ask: (
    subject: Subject,
    workload: Workload,
    controlPlane: ControlPlane,
  ) => Promise<string>;
}

/** These leave the programs alone. */
export const QUESTIONS: readonly Question[] = [
  {
    title: "memory of its programs when idle",
    ask: async ({ programs }) => {
      await sleep(SETTLED_MS);
      return programs.length === 0
        ? "no program"
        : programs
            .map(
              ({ name, pid }) => `${name} ${memoryNow(pid()).toFixed(0)} MiB`,
            )
            .join(", ");
    },
  },
  {
    title: `${REPLICAS} Pods, then none: claims left`,
    ask: async (subject, workload) => {
      await workload.start(REPLICAS);
      await workload.end();
      return await claimsLeft(subject, workload);
    },
  },
  {
    title: "the same, with a sweep while the Pods ran",
    ask: async (subject, workload) => {
      if (!subject.sweep) return "";
      await workload.start(REPLICAS);
      await subject.sweep(workload.namespace);
      await workload.end();
      return await claimsLeft(subject, workload);
    },
  },
  {
    title: `${REPLICAS} Pods rejected by a quota for a minute: claims left`,
    ask: async (subject, workload, controlPlane) => {
      await allowNoPods(controlPlane, workload.namespace);
      await workload.scale(REPLICAS);
      await sleep(REJECTED_MS);
      await workload.end();
      return await claimsLeft(subject, workload);
    },
  },
];

/** These stop them. */
export const QUESTIONS_WHILE_DOWN: readonly Question[] = [
  {
    title: `a program down while ${REPLICAS} Pods are to start`,
    ask: async ({ needed }, workload, controlPlane) =>
      await eachDown(needed, async ({ name, startAgain }) => {
        const other = await createPodOfOthers(controlPlane);
        const isScaled = await mayScale(workload);
        await sleep(DOWN_MS);
        const pods = await workload.pods();
        const run = pods.filter(({ status }) => status?.phase === "Running");
        const up = performance.now();
        await startAgain();
        if (!isScaled)
          await eventually("the scale is accepted", () => mayScale(workload));
        await workload.running(REPLICAS);
        const seconds = (performance.now() - up) / 1_000;
        await workload.end();
        const came = isScaled
          ? `${pods.length} exist, ${run.length} run`
          : "the change of the scale is rejected";
        return `${name}: ${came}; other Pods ${other}; all run ${seconds.toFixed(0)} s after it is up again`;
      }),
  },
  {
    title: `a program down while ${REPLICAS} Pods start and end: claims left`,
    ask: async (subject, workload) =>
      await eachDown(subject.needed, async ({ name, startAgain }) => {
        const isScaled = await mayScale(workload);
        await sleep(DOWN_MS);
        if (isScaled) await workload.end();
        await startAgain();
        return `${name}: ${await claimsLeft(subject, workload)}`;
      }),
  },
];

/** Scales the workload. False when that is rejected, because a webhook of the workload itself is down. */
async function mayScale({ scale }: Workload): Promise<boolean> {
  try {
    await scale(REPLICAS);
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 500) return false;
    throw error;
  }
}

/** Asks for each program while it is down. */
async function eachDown(
  programs: readonly ResidentProgram[],
  ask: (program: ResidentProgram) => Promise<string>,
): Promise<string> {
  const answers: string[] = [];
  for (const program of programs) {
    await program.stop();
    answers.push(await ask(program));
  }
  return programs.length === 0 ? "no program" : answers.join("; ");
}

/** The number of claims when the controllers have nothing left to do, and after sweeps where there are sweeps. */
async function claimsLeft(
  { sweep }: Subject,
  { claims, namespace }: Workload,
): Promise<string> {
  await sleep(SETTLED_MS);
  const left = await claims();
  if (!sweep || left === 0) return String(left);
  await sweep(namespace);
  await sleep(BETWEEN_SWEEPS_MS);
  await sweep(namespace);
  // Kubernetes removes a deleted claim a moment later.
  await sleep(SETTLED_MS);
  return `${left}, ${await claims()} after two sweeps`;
}

/** Creates a Pod that wants no volume, in another namespace, as a person would. Tells whether it was possible. */
async function createPodOfOthers({
  kubeConfig,
}: ControlPlane): Promise<"are created" | "are rejected"> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const pod = aBarePod("other", { annotations: {} });
  try {
    await core.createNamespacedPod({
      namespace: "default",
      body: pod,
      dryRun: "All",
    });
    return "are created";
  } catch {
    return "are rejected";
  }
}

/** Creates a quota that has room for no Pod, and waits until it is in force. */
async function allowNoPods(
  { kubeConfig }: ControlPlane,
  namespace: string,
): Promise<void> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  await core.createNamespacedResourceQuota({
    namespace,
    body: { metadata: { name: "no-pods" }, spec: { hard: { pods: "0" } } },
  });
  await eventually("the quota is in force", async () => {
    const rejection = await core
      .createNamespacedPod({
        namespace,
        body: aBarePod("too-many", { annotations: {} }),
        dryRun: "All",
      })
      .then(() => "", errorMessage);
    return rejection.includes("exceeded quota");
  });
}
