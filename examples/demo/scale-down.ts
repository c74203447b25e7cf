import {
  manifest,
  namespace,
  noGrace,
  scaleTo,
  show,
  waitForNoOrphans,
} from "./build-cache.ts";
import { claimsWithoutPod } from "../../tests/support/pods-and-claims.ts";
import {
  eachPodHasItsClaim,
  kubectl,
  mustHold,
  sweep,
  waitFor,
} from "./stage.ts";
import type { Stage } from "./stage.ts";

/** Three Pods with a claim each, then one, and what the janitor does about the other two claims. */
export async function showScaleDown(stage: Stage): Promise<void> {
  await threeReplicas(stage);
  await scaleToOne(stage);
  await sweepOrphans(stage);
}

async function threeReplicas(stage: Stage): Promise<void> {
  const { screen, admission } = stage;
  await screen.step("A Deployment with three replicas", async () => {
    const asked = admission.admissions.length;
    await kubectl(stage, ["create", "namespace", namespace]);
    await kubectl(stage, ["apply", "-n", namespace, "-f", manifest]);
    const found = await waitFor(
      stage,
      namespace,
      "three Pods and three Bound claims",
      (now) => eachPodHasItsClaim(now, 3),
    );
    show(stage, found);
    mustHold(
      found.claims.length === 3,
      `there are ${found.claims.length} claims, not three`,
    );
    const times = admission.admissions.slice(asked).map(({ ms }) => ms);
    screen.say(
      `the function was asked ${times.length} times and took ${Math.min(...times)} to ${Math.max(...times)} ms`,
    );
  });
}

async function scaleToOne(stage: Stage): Promise<void> {
  await stage.screen.step("Scaled down to one", async () => {
    await scaleTo(stage, 1);
    const found = await waitFor(stage, namespace, "one Pod", ({ pods }) =>
      mustHold(pods.length === 1, `${pods.length} Pods`),
    );
    show(stage, found);
    const orphans = claimsWithoutPod(found);
    mustHold(
      orphans.length === 2,
      `${orphans.length} claims are without a Pod, not two`,
    );
    stage.screen.say(
      "two claims are left behind: each was made before its Pod was there, so no object owns it",
    );
  });
}

async function sweepOrphans(stage: Stage): Promise<void> {
  await stage.screen.step("The janitor sweeps", async () => {
    const before = await waitFor(stage, namespace, "one Pod", (now) =>
      eachPodHasItsClaim(now, 1),
    );
    const orphans = claimsWithoutPod(before);
    const table = await sweep(stage, noGrace);
    stage.screen.say(
      "in a cluster both flags stay away: without them the janitor spares claims whose Pods are just being created",
    );
    for (const claim of orphans) {
      mustHold(
        saysDeleted(table, claim),
        `the janitor's table does not say that it deleted ${claim}`,
      );
    }
    show(stage, await waitForNoOrphans(stage, 1));
    stage.screen.say(
      "the two are gone, and the sweep made the Pod the owner of its claim: Kubernetes itself deletes it when that Pod goes",
    );
  });
}

function saysDeleted(table: string, claim: string): boolean {
  return table
    .split("\n")
    .some((line) => line.includes(claim) && /\bdeleted\b/.test(line));
}
