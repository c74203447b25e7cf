import assert from "node:assert/strict";
import { eventually } from "../../tests/support/eventually.ts";
import { applyQuotaFirst } from "../../tests/support/quota-first.ts";
import { command, table } from "./screen.ts";
import {
  eachPodHasItsClaim,
  kubectl,
  waitFor,
  waitForFailedCreate,
} from "./demo-context.ts";
import type { DemoContext } from "./demo-context.ts";

interface Example {
  /** The name of its manifest in examples/ and of its namespace. */
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
  { name: "storage-quota", pods: 2, shows: "no room for the third" },
  { name: "job", pods: 3, phase: "Succeeded", shows: "claims stay with Pods" },
  {
    name: "cronjob",
    pods: 1,
    phase: "Succeeded",
    shows: "the same, each night",
  },
  { name: "disk-cache-statefulset", pods: 3, shows: "not ours: to compare" },
];

/** Applies the examples that no other step has shown, all at once, and shows what each of them got. */
export async function showOtherExamples(context: DemoContext): Promise<void> {
  command(
    `for name in ${examples.map(({ name }) => name).join(" ")}; do kubectl create namespace $name; kubectl apply -n $name -f examples/$name.yaml; done`,
  );
  await Promise.all(examples.map(({ name }) => apply(context, name)));
  await kubectl(
    context,
    "create job -n cronjob now --from=cronjob/disk-benchmark",
  );
  const rows: string[][] = [];
  for (const { name, pods, phase = "Running", shows } of examples) {
    const { claims } = await waitFor(
      context,
      name,
      `${name}: ${pods} Pods and ${pods} Bound claims`,
      (found) => eachPodHasItsClaim(found, pods, phase),
    );
    const columns = claims.map(({ spec }) => [
      spec?.resources?.requests?.["storage"] ?? "",
      spec?.accessModes?.join() ?? "",
      spec?.storageClassName ?? "",
    ]);
    const [first = []] = columns;
    for (const other of columns)
      assert.deepEqual(other, first, `the claims of ${name} are not alike`);
    rows.push([
      name,
      `${pods} ${phase}`,
      `${claims.length} Bound`,
      ...first,
      shows,
    ]);
  }
  table(["EXAMPLE", "PODS", "CLAIMS", "SIZE", "MODE", "CLASS", ""], rows);
  await waitForFailedCreate(context, "storage-quota", "exceeded quota");
}

async function apply(
  { controlPlane, core }: DemoContext,
  name: string,
): Promise<void> {
  const run = async (...args: string[]): Promise<void> => {
    const { exitCode, stderr } = await controlPlane.kubectl(args);
    assert.equal(exitCode, 0, `kubectl ${args.join(" ")}: ${stderr.trim()}`);
  };
  await run("create", "namespace", name);
  // Kubernetes rejects a bare Pod until its namespace has the account, and no controller tries again.
  await eventually(`ServiceAccount ${name}/default`, () =>
    core.readNamespacedServiceAccount({ namespace: name, name: "default" }),
  );
  const file = `examples/${name}.yaml`;
  await applyQuotaFirst(controlPlane, name, file);
  await run("apply", "-n", name, "-f", file);
}
