import { setTimeout as sleep } from "node:timers/promises";
import { errorMessage } from "../../functions/kubernetes/error-message.ts";
import { core } from "./cluster.ts";
import { templateWithClaim } from "./workloads.ts";

/** Several in each second, so that a gap of a second cannot go unseen; more would only make two cores busy. */
const pauseMs = 150;

export interface Admissions {
  /** Ends them; how many came through, and what those that did not were told. */
  stop(): Promise<{ admitted: number; failures: string[]; longestMs: number }>;
}

/** Lets Pods be admitted one after the other, in dry runs: each goes to the function, none makes a claim. */
export function admitWithoutPause(namespace: string): Admissions {
  const { metadata, spec } = templateWithClaim("dry");
  const failures: string[] = [];
  let admitted = 0;
  let longestMs = 0;
  const stopped = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const startedAt = performance.now();
      try {
        const pod = await core.createNamespacedPod({
          namespace,
          dryRun: "All",
          body: {
            metadata: { ...metadata, generateName: "dry-" },
            ...(spec === undefined ? {} : { spec }),
          },
        });
        if (pod.metadata?.labels?.["volume-claim/data"] === undefined)
          failures.push("admitted, but not patched");
        else admitted += 1;
      } catch (error) {
        failures.push(`${new Date().toISOString()} ${errorMessage(error)}`);
      }
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(pauseMs);
    }
  };
  const done = loop();
  return {
    async stop() {
      stopped.abort();
      await done;
      return { admitted, failures, longestMs };
    },
  };
}
