import type { V1Job } from "@kubernetes/client-node";
import { eventually } from "../support/eventually.ts";
import { batch, kubectl, ourNamespace } from "./cluster.ts";

/** A Pod that starts and what our Jobs do take seconds. */
const jobTimeoutMs = 120_000;

/**
 * Runs now what a CronJob of ours runs, with arguments after its own or in their place; returns what it printed. Throws,
 * with that, when it did not succeed.
 */
export async function runJobOf(
  cronJob: "janitor" | "certificates",
  argumentsFrom: (own: readonly string[]) => string[],
): Promise<string> {
  const name = `${cronJob}-${Date.now()}`;
  const job = JSON.parse(
    await kubectl([
      "create",
      "job",
      name,
      `--namespace=${ourNamespace}`,
      `--from=cronjob/${cronJob}`,
      "--dry-run=client",
      "--output=json",
    ]),
  ) as V1Job;
  const container = job.spec?.template.spec?.containers[0];
  if (container === undefined) throw new Error("the CronJob has no container");
  container.args = argumentsFrom(container.args ?? []);
  await kubectl(["create", "--filename=-"], JSON.stringify(job));
  const end = await eventually(
    `Job ${name} ended`,
    async () => {
      const { status } = await batch.readNamespacedJob({
        name,
        namespace: ourNamespace,
      });
      return status?.conditions?.find(
        (condition) =>
          (condition.type === "Complete" || condition.type === "Failed") &&
          condition.status === "True",
      );
    },
    jobTimeoutMs,
  );
  const output = await kubectl([
    "logs",
    `--namespace=${ourNamespace}`,
    `job/${name}`,
  ]);
  await kubectl(["delete", "job", name, `--namespace=${ourNamespace}`]);
  if (end.type === "Failed") throw new Error(`Job ${name} failed:\n${output}`);
  return output;
}

/** The Jobs that a CronJob of ours has made by itself and that are still there. */
export async function jobsOf(
  cronJob: "janitor" | "certificates",
): Promise<V1Job[]> {
  const { items } = await batch.listNamespacedJob({ namespace: ourNamespace });
  return items.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(
      ({ controller, kind, name }) =>
        controller === true && kind === "CronJob" && name === cronJob,
    ),
  );
}

/** Keeps a CronJob of ours from starting Jobs, or lets it again; waits until none is under way. */
export async function suspend(
  cronJob: "janitor" | "certificates",
  value: boolean,
): Promise<void> {
  await kubectl([
    "patch",
    "cronjob",
    cronJob,
    `--namespace=${ourNamespace}`,
    `--patch={"spec":{"suspend":${value}}}`,
  ]);
  if (value)
    await eventually(
      `no Job of ${cronJob} under way`,
      async () =>
        (await jobsOf(cronJob)).every(
          ({ status }) => (status?.active ?? 0) === 0,
        ),
      jobTimeoutMs,
    );
}

/** One sweep of the janitor with exactly these arguments. */
export function sweepNow(...args: readonly string[]): Promise<string> {
  return runJobOf("janitor", () => [...args]);
}
