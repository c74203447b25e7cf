import type { V1Job } from "@kubernetes/client-node";
import { eventually } from "../../support/eventually.ts";
import { batch, kubectl, ourNamespace } from "./cluster.ts";

/** A Pod starts and our programs work in seconds. */
const jobTimeoutMs = 120_000;

type OurCronJob = "janitor" | "certificates";

/**
 * Runs now what a CronJob of ours runs, with the arguments that are made from its own. Returns its output. Throws, with
 * that, when it fails.
 */
export async function runJobOf(
  cronJob: OurCronJob,
  argumentsFrom: (own: readonly string[]) => string[],
): Promise<string> {
  const name = `${cronJob}-${Date.now()}`;
  const job = JSON.parse(
    await kubectl(
      `create job ${name} --namespace=${ourNamespace} --from=cronjob/${cronJob} --dry-run=client --output=json`,
    ),
  ) as V1Job;
  const container = job.spec?.template.spec?.containers[0];
  if (container === undefined) throw new Error("the CronJob has no container");
  container.args = argumentsFrom(container.args ?? []);
  // With its owner, this Job would take the place of the CronJob's own last Job in its history, which has one place.
  delete job.metadata?.ownerReferences;
  await kubectl("create --filename=-", JSON.stringify(job));
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
  const output = await kubectl(`logs --namespace=${ourNamespace} job/${name}`);
  await kubectl(`delete job ${name} --namespace=${ourNamespace}`);
  if (end.type === "Failed") throw new Error(`Job ${name} failed:\n${output}`);
  return output;
}

/** The Jobs that a CronJob of ours has created on its schedule and that still exist. */
export async function jobsOf(cronJob: OurCronJob): Promise<V1Job[]> {
  const { items } = await batch.listNamespacedJob({ namespace: ourNamespace });
  return items.filter(({ metadata }) =>
    metadata?.ownerReferences?.some(
      ({ controller, kind, name }) =>
        controller === true && kind === "CronJob" && name === cronJob,
    ),
  );
}

/** Stops or restarts the schedule of a CronJob of ours. When it stops it, it waits for the Jobs under way. */
export async function suspend(
  cronJob: OurCronJob,
  value: boolean,
): Promise<void> {
  await kubectl(
    `patch cronjob ${cronJob} --namespace=${ourNamespace} --patch={"spec":{"suspend":${value}}}`,
  );
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

/** One sweep of one namespace, with the usual grace period. */
export function sweep(namespace: string): Promise<string> {
  return runJobOf("janitor", () => [`--namespace=${namespace}`]);
}

/** One sweep that also deletes claims of this moment. */
export function sweepWithoutGrace(namespace: string): Promise<string> {
  return runJobOf("janitor", () => [
    "--grace-period=0s",
    "--unsafe-grace-period",
    `--namespace=${namespace}`,
  ]);
}
