import {
  deployment,
  namespace,
  noGrace,
  scaleTo,
  show,
  waitForNoOrphans,
} from "./build-cache.ts";
import {
  claimVolumes,
  claimsWithoutPod,
  nameOf,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import {
  eachPodHasItsClaim,
  kubectl,
  mustHold,
  sweep,
  waitFor,
} from "./stage.ts";
import type { Stage } from "./stage.ts";

/** New Pods with new claims, the old claims' end, and a scale to zero that needs no sweep. Begins with one Pod, which owns its claim. */
export async function showRollout(stage: Stage): Promise<void> {
  await rollOut(stage);
  await sweepAgain(stage);
  await scaleToZero(stage);
}

async function rollOut(stage: Stage): Promise<void> {
  const { screen } = stage;
  await screen.step("Back to three, and a rollout with surge", async () => {
    await scaleTo(stage, 3);
    const before = await waitFor(stage, namespace, "three Pods", (now) =>
      eachPodHasItsClaim(now, 3),
    );
    await kubectl(stage, ["rollout", "restart", "-n", namespace, deployment]);
    await kubectl(stage, [
      "rollout",
      "status",
      "-n",
      namespace,
      deployment,
      "--timeout=90s",
    ]);
    const after = await waitFor(stage, namespace, "the old Pods go", (now) => {
      eachPodHasItsClaim(now, 3);
      const old = common(now.pods, before.pods);
      mustHold(old.length === 0, `${old.length} old Pods are left`);
      const owned = common(now.claims, before.claims.filter(isOwned));
      mustHold(owned.length === 0, `${owned.length} old claim with an owner`);
    });
    show(stage, after);
    const old = new Set(before.claims.map(nameOf));
    const used = after.pods.flatMap(claimVolumes);
    mustHold(
      !used.some(({ claim }) => old.has(claim)),
      "a new Pod has an old Pod's claim",
    );
    const orphans = claimsWithoutPod(after);
    mustHold(
      orphans.length === 2 && orphans.every((claim) => old.has(claim)),
      `the claims without a Pod are ${orphans.join(", ")}, not two of the old ones`,
    );
    screen.say(
      "every new Pod has a claim of its own; the old claim with an owner went with it, the two that no sweep has seen are left",
    );
  });
}

async function sweepAgain(stage: Stage): Promise<void> {
  await stage.screen.step("The next sweep", async () => {
    await sweep(stage, noGrace);
    show(stage, await waitForNoOrphans(stage, 3));
  });
}

async function scaleToZero(stage: Stage): Promise<void> {
  const { screen } = stage;
  await screen.step("Scaled down to zero, and no sweep", async () => {
    await scaleTo(stage, 0);
    await waitFor(stage, namespace, "no Pod", ({ pods }) =>
      mustHold(pods.length === 0, `${pods.length} Pods`),
    );
    const podsGone = performance.now();
    await waitFor(stage, namespace, "no claim", ({ claims }) =>
      mustHold(claims.length === 0, `${claims.length} claims`),
    );
    const seconds = (performance.now() - podsGone) / 1_000;
    screen.say(
      `no claim is left ${seconds.toFixed(1)} s after the last Pod: each had its Pod as owner, and Kubernetes collected it`,
    );
  });
}

/** The objects that are in both lists, by name. */
function common<T extends Parameters<typeof nameOf>[0]>(
  now: readonly T[],
  before: readonly T[],
): T[] {
  const names = new Set(before.map(nameOf));
  return now.filter((object) => names.has(nameOf(object)));
}

function isOwned({ metadata }: PodsAndClaims["claims"][number]): boolean {
  return (metadata?.ownerReferences ?? []).length > 0;
}
