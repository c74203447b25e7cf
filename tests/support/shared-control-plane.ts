import { randomBytes } from "node:crypto";
import type { Context, RootHookObject } from "mocha";
import type { Program } from "../control-plane/binaries.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { logErrorsSince, logSizes, type LogSizes } from "./failure-logs.ts";

/**
 * For the `before` that asks for the control plane first: about 5 s, unless its programs have to be built, which takes
 * 7 minutes on 2 cores, 12 when they have other work. The parts of a start have limits of their own.
 */
export const startTimeoutMs = 20 * 60_000;

let starting: Promise<ControlPlane> | undefined;
let started: ControlPlane | undefined;

/** The one control plane of this test run; the first call starts it, and it ends with the run. */
export function sharedControlPlane(): Promise<ControlPlane> {
  starting ??= start();
  return starting;
}

async function start(): Promise<ControlPlane> {
  // Loaded here, because mocha loads this file for the runs, too, that need no control plane.
  const { startControlPlane } =
    await import("../control-plane/control-plane.ts");
  const controlPlane = await startControlPlane();
  started = controlPlane;
  void controlPlane.failed.then((failure) => {
    process.stderr.write(`${failure.message}\n`);
  });
  return controlPlane;
}

/** Creates a namespace for one test, in which Pods can be created at once, and returns its name. */
export async function uniqueNamespace(prefix: string): Promise<string> {
  const { kubeConfig } = await sharedControlPlane();
  const { createNamespace } =
    await import("../control-plane/cluster-objects.ts");
  const name = `${prefix}-${randomBytes(4).toString("hex")}`;
  await createNamespace(kubeConfig, name);
  return name;
}

/** Skips the test or suite, and says so, where one of the programs it needs is missing. */
export function skipWithout(
  context: Context,
  controlPlane: ControlPlane,
  ...programs: readonly Program[]
): void {
  const { running, binaries } = controlPlane;
  const missing = programs.filter((program) =>
    program === "kubectl"
      ? binaries.missing.includes(program)
      : !running.includes(program),
  );
  if (missing.length === 0) return;
  const title = (context.currentTest ?? context.test)?.fullTitle() ?? "a test";
  process.stderr.write(
    `Skipping "${title}": ${binaries.directory} has no ${missing.join(" and no ")}\n`,
  );
  context.skip();
}

/**
 * For the `before` of a suite in which Pods run: the shared control plane. Skips the suite, and says so, where a program is
 * missing that this takes, or one of `more`.
 */
export async function sharedControlPlaneWithNodes(
  context: Context,
  ...more: readonly Program[]
): Promise<ControlPlane> {
  context.timeout(startTimeoutMs);
  const controlPlane = await sharedControlPlane();
  skipWithout(
    context,
    controlPlane,
    "kube-controller-manager",
    "kube-scheduler",
    "kwok",
    ...more,
  );
  return controlPlane;
}

let sizesBefore: LogSizes = new Map();

/** Loaded by mocha's `require`: after a failed test, shows what the control plane complained about meanwhile. */
export const mochaHooks: RootHookObject = {
  beforeEach() {
    if (started !== undefined) sizesBefore = logSizes(started.directory);
  },
  afterEach(this: Context) {
    if (started === undefined || this.currentTest?.state !== "failed") return;
    const errors = logErrorsSince(started.directory, sizesBefore);
    if (errors !== "") process.stderr.write(`${errors}\n`);
  },
};

/** Loaded by mocha's `require`: ends the control plane with the run. */
export async function mochaGlobalTeardown(): Promise<void> {
  const controlPlane = await starting?.catch(() => undefined);
  await controlPlane?.stop();
}
