import { join } from "node:path";
import { CoreV1Api } from "@kubernetes/client-node";
import { errorMessage } from "../../functions/kubernetes/error-message.ts";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { buildIfOld } from "../../tests/support/built-programs.ts";
import { runCommand } from "../../tests/support/command.ts";
import { createChildProcesses } from "./child-processes.ts";
import type { ChildProcesses } from "./child-processes.ts";
import type { FunctionProcess } from "./function-process.ts";
import { listenForInterruption } from "./interruption.ts";
import { help, parseOptions } from "./options.ts";
import type { DemoOptions } from "./options.ts";
import { showOtherExamples } from "./other-examples.ts";
import { showRefusals } from "./refusals.ts";
import { showRollout } from "./rollout.ts";
import { showScaleDown } from "./scale-down.ts";
import { createScreen } from "./screen.ts";
import type { Screen } from "./screen.ts";
import { showControlPlane, showFunction, showWebhook } from "./set-up.ts";
import type { Stage } from "./stage.ts";
import { stayUp } from "./stay-up.ts";

/** More would push the message off the screen. */
const shownWarnings = 8;

async function main(options: DemoOptions): Promise<number> {
  // The commands that are shown name files relative to here, and so do those that run.
  process.chdir(join(import.meta.dirname, "../.."));
  await buildIfOld();
  return run(options, createScreen(process.stdout, process.env));
}

async function run(options: DemoOptions, screen: Screen): Promise<number> {
  const startedAt = performance.now();
  screen.line(
    "stateful-deployments: a claim of its own for every Pod of a Deployment",
  );
  // Signals keep their default until this is up: its processes end with this one in any case.
  const controlPlane = await showControlPlane(screen);
  const interruption = listenForInterruption();
  const children = createChildProcesses();
  let admission: FunctionProcess | undefined;
  let shown = false;

  const show = async (): Promise<void> => {
    admission = await showFunction(screen, controlPlane, children);
    await showWebhook(screen, controlPlane, admission);
    const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
    const stage = { screen, controlPlane, core, admission, children };
    await Promise.race([showSteps(stage), thrown(admission.failed)]);
    shown = true;
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    screen.line();
    screen.line(`Every step came out as announced, in ${seconds} s.`);
    if (staysUp(options)) {
      await Promise.race([
        stayUp(stage, options.sweepIntervalMs, interruption.signal),
        thrown(admission.failed),
      ]);
    }
  };

  try {
    const interrupted = await Promise.race([
      show(),
      thrown(controlPlane.failed),
      interruption.came,
    ]);
    if (interrupted !== undefined && !shown) {
      screen.line();
      screen.line("Interrupted.");
      screen.mute();
      await end(controlPlane, children, admission).catch(() => undefined);
      return interrupted;
    }
  } catch (error) {
    screen.mute();
    process.stderr.write(
      `\nNot as announced: ${errorMessage(error)}\n${await circumstances(controlPlane, admission)}`,
    );
    await end(controlPlane, children, admission).catch(() => undefined);
    return 1;
  }
  await end(controlPlane, children, admission);
  screen.line(
    "The function has drained and the control plane is gone, with everything it wrote.",
  );
  return 0;
}

async function showSteps(stage: Stage): Promise<void> {
  await showScaleDown(stage);
  await showRefusals(stage);
  await showRollout(stage);
  await showOtherExamples(stage);
}

/** Somebody has to be there to look around and to end it. */
function staysUp({ once }: DemoOptions): boolean {
  return !once && process.stdin.isTTY && process.stdout.isTTY;
}

async function end(
  controlPlane: ControlPlane,
  children: ChildProcesses,
  admission: FunctionProcess | undefined,
): Promise<void> {
  try {
    await admission?.stop();
  } finally {
    await children.end();
    await controlPlane.stop();
  }
}

/** What explains most failures: the end of the function's log, and the latest warnings in the cluster's events. */
async function circumstances(
  controlPlane: ControlPlane,
  admission: FunctionProcess | undefined,
): Promise<string> {
  const log = admission?.logTail() ?? "";
  const events = await controlPlane.kubectl([
    "get",
    "events",
    "--all-namespaces",
    "--field-selector=type=Warning",
    "--sort-by=.metadata.creationTimestamp",
    // It may be the API server that has failed.
    "--request-timeout=5s",
  ]);
  const warnings = events.stdout.split("\n").slice(-shownWarnings).join("\n");
  return [
    ...(log === "" ? [] : [`The end of the function's log:\n${log}\n`]),
    ...(warnings === "" ? [] : [`The latest warnings:\n${warnings}\n`]),
  ].join("");
}

async function thrown(failure: Promise<Error>): Promise<never> {
  throw await failure;
}

// Polls and timers of a step that was interrupted may still be going.
process.exit(await runCommand({ parseOptions, help, run: main }));
