import type { CoreV1Api } from "@kubernetes/client-node";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import type { KubectlResult } from "../../tests/control-plane/kubectl.ts";
import { JANITOR } from "../../tests/support/built-programs.ts";
import { eventually } from "../../tests/support/eventually.ts";
import type { ChildProcesses } from "./child-processes.ts";
import type { FunctionProcess } from "./function-process.ts";
import { runJanitor } from "./janitor-process.ts";
import {
  claimVolumes,
  nameOf,
  readPodsAndClaims,
  statusOf,
} from "../../tests/support/pods-and-claims.ts";
import type { PodsAndClaims } from "../../tests/support/pods-and-claims.ts";
import type { Screen } from "./screen.ts";

/** What the steps work with, once the control plane, the function and the webhook are there. */
export interface Stage {
  readonly screen: Screen;
  readonly controlPlane: ControlPlane;
  readonly core: CoreV1Api;
  readonly admission: FunctionProcess;
  readonly children: ChildProcesses;
}

/** Steps take a second or two; a machine that is busy with something else may need this long. */
export const stepTimeoutMs = 90_000;

/** Something came out other than announced. */
export class NotAsAnnouncedError extends Error {
  override readonly name = "NotAsAnnouncedError";
}

/** @throws {NotAsAnnouncedError} unless `condition` holds */
export function mustHold(condition: boolean, what: string): asserts condition {
  if (!condition) throw new NotAsAnnouncedError(what);
}

/** Shows a kubectl command, runs exactly that, and shows what it printed, repeated lines once. Throws unless its exit code is as expected. */
export async function kubectl(
  { screen, controlPlane }: Pick<Stage, "screen" | "controlPlane">,
  args: readonly string[],
  expectedExitCode = 0,
): Promise<KubectlResult> {
  screen.command(["kubectl", ...args.map(quoted)].join(" "));
  const result = await controlPlane.kubectl(args);
  const printed = result.stdout + result.stderr;
  if (printed !== "") screen.output(withoutRepeats(printed));
  mustHold(
    result.exitCode === expectedExitCode,
    `kubectl ended with exit code ${result.exitCode} instead of ${expectedExitCode}`,
  );
  return result;
}

/** Runs a kubectl command until it prints `text`, then shows it with what it printed. */
export async function kubectlUntil(
  { screen, controlPlane }: Stage,
  args: readonly string[],
  text: string,
): Promise<void> {
  const printed = await eventually(
    `kubectl ${args[0]} prints "${text}"`,
    async () => {
      const { stdout, stderr } = await controlPlane.kubectl(args);
      mustHold(stdout.includes(text), `it prints ${stdout}${stderr}`);
      return stdout;
    },
    stepTimeoutMs,
  );
  screen.command(["kubectl", ...args.map(quoted)].join(" "));
  screen.output(printed);
}

/** Shows the janitor's command, runs it, and shows its table. Throws unless it ends with exit code 0. */
export async function sweep(
  { screen, controlPlane, children }: Stage,
  flags: readonly string[],
): Promise<string> {
  screen.command(["node", JANITOR, ...flags].join(" "));
  const { exitCode, stdout, stderr } = await runJanitor(
    children,
    controlPlane.kubeconfigPath,
    flags,
  );
  screen.output(stdout + stderr);
  mustHold(
    exitCode === 0,
    `the janitor ended with exit code ${exitCode} instead of 0`,
  );
  return stdout;
}

/** Waits until what is in the namespace passes `check`, which throws, with the state it sees, as long as it does not. */
export function waitFor(
  { screen, core }: Pick<Stage, "screen" | "core">,
  namespace: string,
  what: string,
  check: (found: PodsAndClaims) => void,
): Promise<PodsAndClaims> {
  return eventually(
    what,
    async () => {
      const found = await readPodsAndClaims(core, namespace);
      try {
        check(found);
      } catch (error) {
        if (error instanceof Error) screen.waiting(`${what}: ${error.message}`);
        throw error;
      }
      return found;
    },
    stepTimeoutMs,
  );
}

/** Holds for `count` Pods in `phase`, each with one volume that is a Bound claim, and no claim twice. */
export function eachPodHasItsClaim(
  { pods, claims }: PodsAndClaims,
  count: number,
  phase = "Running",
): void {
  const inPhase = pods.filter(
    ({ metadata, status }) =>
      status?.phase === phase && !metadata?.deletionTimestamp,
  );
  mustHold(
    inPhase.length === count && pods.length === count,
    `${inPhase.length} of ${count} Pods ${phase}, ${pods.length} in all`,
  );
  const volumes = pods.flatMap(claimVolumes);
  const names = new Set(volumes.map(({ claim }) => claim));
  mustHold(
    volumes.length === count && names.size === count,
    `${count} Pods name ${names.size} different claims in ${volumes.length} volumes`,
  );
  const bound = claims.filter(
    (claim) => names.has(nameOf(claim)) && statusOf(claim) === "Bound",
  );
  mustHold(
    bound.length === count,
    `${bound.length} of ${count} claims of Pods are Bound`,
  );
}

/** `rollout status` says the same thing at each change it hears of. */
function withoutRepeats(text: string): string {
  const lines = text.split("\n");
  return lines.filter((line, index) => line !== lines[index - 1]).join("\n");
}

/** An argument as a shell would need it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument}'`;
}
