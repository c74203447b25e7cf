import { setTimeout as sleep } from "node:timers/promises";
import { KubeConfig } from "@kubernetes/client-node";
import { connectApiServer } from "../../../functions/kubernetes/api-server.ts";
import type { ApiServer } from "../../../functions/kubernetes/api-server.ts";
import {
  MANAGED_BY_LABEL,
  MANAGED_BY_VALUE,
  MANAGED_LABEL,
  MANAGED_VALUE,
} from "../../../functions/contract/keys.ts";
import { clusterOn } from "../../../janitor/cluster/cluster.ts";
import { limitRequests } from "../../../janitor/cluster/concurrency.ts";
import { outcomesOf } from "../../../janitor/actions/outcome.ts";
import type { SweepReport } from "../../../janitor/actions/outcome.ts";
import type { SweepOptions } from "../../../janitor/settings/options.ts";
import { sweep } from "../../../janitor/sweep.ts";
import { JANITOR } from "../../support/built-programs.ts";
import { startProgram } from "../../support/program.ts";

/** Annotations by which the life cycle of a claim is decided. */
export const RETENTION = "volume-claim-template/retention";
export const IDLE_TTL = "volume-claim-template/idle-ttl";
export const FINISHED_PODS = "volume-claim-template/finished-pods";

const selector = `${MANAGED_LABEL}=${MANAGED_VALUE},${MANAGED_BY_LABEL}=${MANAGED_BY_VALUE}`;

/** Other tests show that pauses are kept; these tests do not wait. */
async function pause(): Promise<void> {
  await sleep(1);
}

/**
 * Sweeps a namespace, or all, in this process, without a grace period unless `gracePeriodMs` is given. `laterMs` is added to the API
 * server's clock, as if so much time had passed.
 */
export async function sweepOn(
  kubeconfigPath: string,
  namespace: string | undefined,
  {
    pageSize = 500,
    laterMs = 0,
    ...over
  }: Partial<SweepOptions> & { pageSize?: number; laterMs?: number } = {},
): Promise<SweepReport> {
  const config = new KubeConfig();
  config.loadFromFile(kubeconfigPath);
  const connected = connectApiServer(
    config,
    "stateful-deployments-janitor/test",
  );
  const api: ApiServer = async (request) => {
    const answer = await connected(request);
    const { serverTime } = answer;
    return {
      ...answer,
      serverTime: serverTime === undefined ? undefined : serverTime + laterMs,
    };
  };
  const namespaces = namespace === undefined ? [] : [namespace];
  return await sweep(
    {
      dryRun: false,
      namespaces,
      selector,
      gracePeriodMs: 0,
      concurrency: 8,
      maxDeletions: 500,
      adopt: true,
      ...over,
    },
    {
      cluster: clusterOn(limitRequests(api, 8), {
        pageSize,
        namespaces,
        sleep: pause,
        clock: now,
      }),
      sleep: pause,
      signal: new AbortController().signal,
      clock: now,
      progress: {
        namespaces: () => undefined,
        namespaceDone: () => undefined,
        claimDeleted: () => undefined,
      },
    },
  );
}

function now(): number {
  return performance.now();
}

/** Flags with which the program deletes claims of any age. */
export const NO_GRACE = ["--grace-period=0s", "--unsafe-grace-period"];

/** Reasons by the name of the claim. */
export function reasonsOf(report: SweepReport): Record<string, string> {
  return Object.fromEntries(
    Array.from(outcomesOf(report), ({ claim, decision }) => [
      claim.name,
      decision.reason,
    ]),
  );
}

/** How a run of the program ended. */
interface JanitorRun {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the janitor's program to its end; does not throw on a non-zero exit code. */
export async function runJanitor(
  kubeconfigPath: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<JanitorRun> {
  const janitor = startProgram(JANITOR, {
    args: flags,
    env: { KUBECONFIG: kubeconfigPath, ...env },
  });
  const exitCode = await janitor.exited;
  return { exitCode, stdout: janitor.stdout(), stderr: janitor.stderr() };
}
