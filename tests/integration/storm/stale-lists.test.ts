import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { sweepOn } from "../janitor/runs.ts";
import { uniqueNamespace } from "../../support/shared-control-plane.ts";
import { reusingDeployment, scale } from "../reuse/reuse-suite.ts";
import { poolGround } from "./pool-ground.ts";
import { randomNumbers, STORM_SECONDS, STORM_SEED } from "./seed.ts";

const SETS = 30;

const random = randomNumbers(3);

describe(`reused claims of functions that see the pool as it was before (STORM_SEED=${STORM_SEED})`, function () {
  this.timeout(STORM_SECONDS * 1_000 + 300_000);
  const ground = poolGround();
  const { hasNoPods, hasReady, leasesEnd, suite } = ground;

  it("go to no two Pods, and miss instead", async () => {
    const timeoutSeconds = 5;
    const leaseMs = (timeoutSeconds + 2) * 1_000;
    const namespace = await uniqueNamespace("stale");
    const watched = await ground.watch(namespace, leaseMs);
    await ground.functionsOf(leaseMs);
    await ground.register(timeoutSeconds);
    const { kubeconfigPath } = suite.controlPlane;
    await suite.apps.createNamespacedDeployment({
      namespace,
      body: reusingDeployment("cache", SETS),
    });
    await hasReady(namespace, "cache", SETS);
    // It marks the sets as used: Pods then draw one of them by chance, and do not all begin with the one that was leased first.
    await sweepOn(kubeconfigPath, namespace);
    await scale(suite, namespace, "cache", 0);
    await hasNoPods(namespace);
    await leasesEnd(namespace, leaseMs);

    await ground.functionsOf(leaseMs, true);
    const end = Date.now() + (STORM_SECONDS * 1_000) / 3;
    do {
      await scale(suite, namespace, "cache", SETS);
      await sleep(1_000 + random() * 2_000);
      await scale(suite, namespace, "cache", Math.floor(random() * 10));
      await sleep(1_000 + random() * 2_000);
    } while (Date.now() < end);
    console.log(
      `      ${watched.pods} Pods, ${watched.created.length} claims, ${watched.handOvers} hits; there were ${SETS} sets for ${SETS} Pods at once`,
    );
    expect(watched.violations).to.deep.equal([]);
    expect(watched.handOvers, "hits").to.be.above(0);
    expect(watched.created.length - SETS, "misses").to.be.above(0);
  });
});
