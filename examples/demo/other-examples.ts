import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { eventually } from "../../tests/support/eventually.ts";
import {
  nameOf,
  readPodsAndClaims,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import {
  eachPodHasItsClaim,
  kubectl,
  kubectlUntil,
  mustHold,
  waitFor,
} from "./stage.ts";
import type { Stage } from "./stage.ts";

interface Example {
  /** Of its manifest in examples/, and of the namespace that it gets. */
  readonly name: string;
  readonly pods: number;
  readonly phase?: "Succeeded";
  readonly shows: string;
}

const examples: readonly Example[] = [
  { name: "mounted-only", pods: 2, shows: "bare Pods, volume only mounted" },
  { name: "postgres", pods: 3, shows: "a data directory each" },
  { name: "static-volumes", pods: 3, shows: "volumes made by hand" },
  { name: "read-write-many", pods: 3, shows: "another mode and class" },
  { name: "disruption-budget", pods: 3, shows: "a PodDisruptionBudget" },
  { name: "storage-quota", pods: 2, shows: "the third has no room" },
  { name: "job", pods: 3, phase: "Succeeded", shows: "claims stay with Pods" },
  { name: "cronjob", pods: 1, phase: "Succeeded", shows: "the same, by night" },
  { name: "disk-cache-statefulset", pods: 3, shows: "not ours: to compare" },
];

/** Applies the examples that no other step has shown, all at once, and says what each of them got. */
export async function showOtherExamples(stage: Stage): Promise<void> {
  const { screen } = stage;
  await screen.step("The other examples", async () => {
    screen.command(
      `for name in ${examples.map(({ name }) => name).join(" ")}; do kubectl create namespace $name; kubectl apply -n $name -f examples/$name.yaml; done`,
    );
    await Promise.all(examples.map(({ name }) => apply(stage, name)));
    await kubectl(stage, [
      "create",
      "job",
      "-n",
      "cronjob",
      "now",
      "--from=cronjob/disk-benchmark",
    ]);
    for (const { name, pods, phase } of examples) {
      await waitFor(
        stage,
        name,
        `${name}: ${pods} Pods and ${pods} Bound claims`,
        (found) => eachPodHasItsClaim(found, pods, phase),
      );
    }
    screen.table(
      ["EXAMPLE", "PODS", "CLAIMS", "SIZE", "MODE", "CLASS", ""],
      await Promise.all(examples.map((example) => row(stage, example))),
    );
    await kubectlUntil(
      stage,
      [
        "get",
        "events",
        "-n",
        "storage-quota",
        "--field-selector=reason=FailedCreate",
        "--output=jsonpath={.items[-1:].message}",
      ],
      "exceeded quota",
    );
  });
}

async function apply(
  { controlPlane, core }: Stage,
  name: string,
): Promise<void> {
  const run = async (...args: string[]): Promise<void> => {
    const { exitCode, stderr } = await controlPlane.kubectl(args);
    mustHold(exitCode === 0, `kubectl ${args.join(" ")}: ${stderr.trim()}`);
  };
  await run("create", "namespace", name);
  // A bare Pod is refused, and nobody tries again, until the namespace has the account that its Pods run as.
  await eventually(`ServiceAccount ${name}/default`, () =>
    core.readNamespacedServiceAccount({ namespace: name, name: "default" }),
  );
  await run("apply", "-n", name, "-f", `examples/${name}.yaml`);
}

async function row(
  { core }: Stage,
  { name, phase, shows }: Example,
): Promise<string[]> {
  const found = await readPodsAndClaims(core, name);
  return [
    name,
    `${found.pods.length} ${phase ?? "Running"}`,
    `${found.claims.length} Bound`,
    distinct(found, ({ spec }) => spec?.resources?.requests?.["storage"]),
    distinct(found, ({ spec }) => spec?.accessModes?.join(",")),
    distinct(found, ({ spec }) => spec?.storageClassName),
    shows,
  ];
}

/** What the claims have in common, which in these examples is everything. */
function distinct(
  { claims }: PodsAndClaims,
  of: (claim: V1PersistentVolumeClaim) => string | undefined,
): string {
  const values = new Set(claims.map(of));
  mustHold(
    values.size === 1,
    `claims ${claims.map(nameOf).join(", ")} are alike, not ${[...values].join(" and ")}`,
  );
  return [...values].join();
}
