import assert from "node:assert/strict";
import type { CoreV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { eventually } from "../../tests/support/eventually.ts";
import {
  claimVolumes,
  nameOf,
  readPodsAndClaims,
  statusOf,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import { runProgram } from "../../tests/control-plane/run-program.ts";
import type { Ran } from "../../tests/control-plane/run-program.ts";
import type { FunctionProcess } from "./function-process.ts";
import { command, output } from "./screen.ts";

/** What the steps need, after the webhook is registered. */
export interface DemoContext {
  readonly controlPlane: ControlPlane;
  readonly core: CoreV1Api;
  readonly admission: FunctionProcess;
  /** File of the janitor's program. */
  readonly janitor: string;
}

/** A step takes a second or two; a busy machine may need this long. */
const stepTimeoutMs = 90_000;

/** The steps create no Pods during a sweep, so no Pod will use a claim that has none yet. */
export const noGrace: readonly string[] = [
  "--grace-period=0s",
  "--unsafe-grace-period",
];

/** Shows a kubectl command, runs it, and shows its output. Throws unless its exit code is as expected. */
export async function kubectl(
  { controlPlane }: DemoContext,
  line: string,
  expectedExitCode = 0,
): Promise<Ran> {
  command(`kubectl ${line}`);
  const result = await controlPlane.kubectl(line.split(" "));
  const lines = `${result.stdout}${result.stderr}`.trimEnd().split("\n");
  // `rollout status` repeats its lines.
  output(lines.filter((text, at) => text !== lines[at - 1]).join("\n"));
  assert.equal(
    result.exitCode,
    expectedExitCode,
    `kubectl ended with exit code ${result.exitCode} instead of ${expectedExitCode}`,
  );
  return result;
}

/** Waits for the event in which a controller reports why it cannot create Pods, and shows it. */
export async function waitForFailedCreate(
  { controlPlane }: DemoContext,
  namespace: string,
  text: string,
): Promise<void> {
  const line = `get events -n ${namespace} --field-selector=reason=FailedCreate --output=jsonpath={.items[-1:].message}`;
  const message = await eventually(
    `an event with "${text}"`,
    async () => {
      const { stdout } = await controlPlane.kubectl(line.split(" "));
      return stdout.includes(text) && stdout;
    },
    stepTimeoutMs,
  );
  command(`kubectl ${line}`);
  output(message);
}

/** Lets the janitor sweep once. Does not throw on a non-zero exit code. */
export function runJanitor(
  { controlPlane, janitor }: DemoContext,
  flags: readonly string[],
): Promise<Ran> {
  const { PATH } = process.env;
  return runProgram(process.execPath, [janitor, ...flags], {
    env: { PATH, KUBECONFIG: controlPlane.kubeconfigPath },
  });
}

/** Shows the janitor's command, runs it, and shows its table. Throws unless its exit code is 0. */
export async function sweep(context: DemoContext): Promise<string> {
  command(["node", context.janitor, ...noGrace].join(" "));
  const { exitCode, stdout, stderr } = await runJanitor(context, noGrace);
  output(stdout + stderr);
  assert.equal(exitCode, 0, `the janitor ended with exit code ${exitCode}`);
  return stdout;
}

/** Waits until the Pods and claims of the namespace pass `check`, which throws until then. */
export function waitFor(
  { core }: DemoContext,
  namespace: string,
  what: string,
  check: (found: PodsAndClaims) => void,
): Promise<PodsAndClaims> {
  return eventually(
    what,
    async () => {
      const found = await readPodsAndClaims(core, namespace);
      check(found);
      return found;
    },
    stepTimeoutMs,
  );
}

/** Throws unless there are `count` Pods, all in `phase`, each with one Bound claim that no other has. */
export function eachPodHasItsClaim(
  { pods, claims }: PodsAndClaims,
  count: number,
  phase = "Running",
): void {
  const inPhase = pods.filter(
    ({ metadata, status }) =>
      status?.phase === phase && !metadata?.deletionTimestamp,
  );
  assert.ok(
    inPhase.length === count && pods.length === count,
    `${inPhase.length} of ${count} Pods ${phase}, ${pods.length} in all`,
  );
  const volumes = pods.flatMap(claimVolumes);
  const names = new Set(volumes.map(({ claim }) => claim));
  assert.ok(
    volumes.length === count && names.size === count,
    `${count} Pods name ${names.size} different claims in ${volumes.length} volumes`,
  );
  const bound = claims.filter(
    (claim) => names.has(nameOf(claim)) && statusOf(claim) === "Bound",
  );
  assert.equal(
    bound.length,
    count,
    `${bound.length} of ${count} claims of Pods are Bound`,
  );
}
