import { namespace } from "./build-cache.ts";
import { readPodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import { kubectl, kubectlUntil, mustHold } from "./stage.ts";
import type { Stage } from "./stage.ts";

const refusedPod = "examples/refused/pod.yaml";
const refusedDeployment = "examples/refused/deployment.yaml";

/** The two ways in which a person meets a mistake: at once in a Pod, in an event of the ReplicaSet otherwise. */
export async function showRefusals(stage: Stage): Promise<void> {
  const { core, screen } = stage;
  await screen.step("Manifests that are refused", async () => {
    const before = await readPodsAndClaims(core, namespace);
    const { stderr } = await kubectl(
      stage,
      ["apply", "-n", namespace, "-f", refusedPod],
      1,
    );
    for (const part of [
      'volume-claim-template/storage: "10GB"',
      "volume-claim-template/storageclass",
    ]) {
      mustHold(
        stderr.includes(part),
        `kubectl says what is wrong with ${part}`,
      );
    }

    await kubectl(stage, ["apply", "-n", namespace, "-f", refusedDeployment]);
    await kubectlUntil(
      stage,
      [
        "get",
        "events",
        "-n",
        namespace,
        "--field-selector=reason=FailedCreate",
        "--output=jsonpath={.items[-1:].message}",
      ],
      "is of type hostPath",
    );
    const after = await readPodsAndClaims(core, namespace);
    mustHold(
      after.pods.length === before.pods.length &&
        after.claims.length === before.claims.length,
      "no Pod and no claim came of it",
    );
    await kubectl(stage, ["delete", "-n", namespace, "-f", refusedDeployment]);
    screen.say("nothing was created, and no claim is left of the tries");
  });
}
