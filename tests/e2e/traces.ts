import path from "node:path";
import { runProgram } from "../support/run-program.ts";

const overlay = path.join(
  import.meta.dirname,
  "../../manifests/overlays/kourier",
);

const ours = [
  /^namespace\/stateful-deployments$/,
  /^namespace\/e2e-/,
  /^mutatingwebhookconfiguration\.[^/]+\/10-stateful-deployments$/,
];

/** Whether a run makes an object of this name, as `kubectl get --output=name` has it. */
export function isMadeByUs(name: string): boolean {
  return ours.some((pattern) => pattern.test(name));
}

/** The cordoned nodes, as `kubectl get --output=name` has them. */
export async function cordonedNodes(): Promise<string[]> {
  const { stdout } = await runProgram("kubectl", [
    "get",
    "nodes",
    "--field-selector=spec.unschedulable=true",
    "--output=name",
  ]);
  return stdout.split("\n").filter((name) => name !== "");
}

/** What a run has left on a cluster that stays. */
export interface Traces {
  readonly objects: readonly string[];
  /** Nodes that it has cordoned. */
  readonly cordoned: readonly string[];
}

/** Finds them; before the run these nodes were `cordoned` already, and nothing of ours was there. */
export async function findTraces(cordoned: readonly string[]): Promise<Traces> {
  const { stdout } = await runProgram("kubectl", [
    "get",
    "namespaces,mutatingwebhookconfigurations",
    "--output=name",
  ]);
  return {
    objects: stdout.split("\n").filter(isMadeByUs),
    cordoned: (await cordonedNodes()).filter(
      (name) => !cordoned.includes(name),
    ),
  };
}

/** The arguments of each kubectl that removes them, in an order in which none waits for another. */
export function removalOf({ objects, cordoned }: Traces): string[][] {
  const namespaces = objects
    .filter((name) => name.startsWith("namespace/e2e-"))
    .map((name) => name.slice("namespace/".length));
  return [
    [
      "delete",
      "mutatingwebhookconfiguration",
      "10-stateful-deployments",
      "--ignore-not-found",
    ],
    ...(cordoned.length === 0 ? [] : [["uncordon", ...cordoned]]),
    ...(namespaces.length === 0
      ? []
      : [["delete", "namespace", ...namespaces, "--ignore-not-found"]]),
    ["delete", "-k", overlay, "--ignore-not-found"],
  ];
}

/**
 * Removes them after it has shown how, for people who do not want to wait for it. Goes on where a command fails, and stops
 * when it is aborted.
 */
export async function removeTraces(
  traces: Traces,
  aborted?: AbortSignal,
): Promise<void> {
  const commands = removalOf(traces);
  say("Removing what the run has made; Ctrl-C leaves that to you:");
  for (const args of commands) say(`  kubectl ${args.join(" ")}`);
  for (const args of commands) {
    if (aborted?.aborted === true) return;
    const { exitCode } = await runProgram(
      "kubectl",
      [...args, ...(args[0] === "delete" ? ["--timeout=5m"] : [])],
      { showErrors: true },
    );
    if (exitCode !== 0) say(`failed: kubectl ${args.join(" ")}`);
  }
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
