import { existsSync } from "node:fs";
import path from "node:path";
import { runProgram, type Ran } from "../control-plane/run-program.ts";
import { EXIT_NOT_RUN } from "./own-cluster.ts";
import { suitesOf } from "./suites.ts";

const componentsFolder = path.join(import.meta.dirname, "components");

/** What suites need beside the cluster. Its scripts are in the folder of its name: components/component.sh says what they do. */
export interface Component {
  readonly name: string;
  /** The suites that cannot run without it. */
  readonly suites: readonly string[];
  /** Suites that run without it, but for some of their tests. */
  readonly partly?: readonly string[];
}

/** A component that a run goes without. */
export interface MissingComponent extends Component {
  /** A reason and what to do, as a part of a sentence. */
  readonly why: string;
  /** A script of it failed for another reason than the machine, which fails the run. */
  readonly failed?: boolean;
}

/** In this order they are built and added. */
export const allComponents: readonly Component[] = [
  { name: "skaffold", suites: ["skaffold/commands"] },
  {
    name: "network",
    suites: ["network/policies"],
    partly: ["installation/deployment-overlay"],
  },
  {
    name: "storage",
    suites: [
      "storage/driver",
      "storage/sources",
      "storage/volumes",
      "storage/limits",
      "storage/reuse",
      "storage/postgres",
      "storage/from-stateful-set",
    ],
  },
  {
    name: "monitoring",
    suites: ["monitoring/alerts-and-dashboard"],
    partly: ["installation/deployment-overlay"],
  },
];

/** What these suites need, or a part of them. */
export function componentsOf(suites: readonly string[]): Component[] {
  return allComponents.filter((component) =>
    usersOf(component).some((name) => suites.includes(name)),
  );
}

/** The suites that use it, whole or in part. */
export function usersOf({ suites, partly = [] }: Component): string[] {
  return [...suites, ...partly];
}

/** Those that the cluster of KUBECONFIG lacks. Somebody who has added some names them in E2E_COMPONENTS. */
export function missingFromGivenCluster(
  components: readonly Component[],
): MissingComponent[] {
  const there = (process.env["E2E_COMPONENTS"] ?? "").split(",");
  return components
    .filter(({ name }) => !there.includes(name))
    .map((component) => ({
      ...component,
      why: `the cluster of KUBECONFIG lacks the component ${component.name}: run npm run e2e without KUBECONFIG, or see Components in docs/e2e.md`,
    }));
}

interface AddOptions {
  /** Build nothing. */
  readonly short: boolean;
  /** Where their folders are. */
  readonly folder?: string;
}

interface Added {
  readonly missing: readonly MissingComponent[];
  /** Of programs that use them, too. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Adds them to the running cluster to which `env` leads. Builds those that are not built, unless `short`, and prints the progress.
 * Goes on without those that fail. Stops when it is aborted.
 */
export async function addComponents(
  components: readonly Component[],
  { short, folder = componentsFolder }: AddOptions,
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
): Promise<Added> {
  const there: string[] = [];
  const missing: MissingComponent[] = [];
  let variables: Record<string, string> = {};
  for (const [index, component] of components.entries()) {
    const { name } = component;
    const directory = path.join(folder, name);
    const build = path.join(directory, "build");
    const isMade = await runProgram(build, ["--is-made"], { env });
    if (isMade.exitCode !== 0) {
      if (short) {
        const why = `${name} is not built; npm run e2e builds it, once`;
        missing.push({ ...component, why });
        continue;
      }
      say(`component ${index + 1} of ${components.length}: ${name}`);
    }
    const scripts = [build, path.join(directory, "up")].filter(existsSync);
    const ran = await runInTurn(scripts, env, aborted);
    if (aborted.aborted) break;
    if (ran.exitCode !== 0) {
      missing.push({ ...component, ...reasonOf(ran) });
      continue;
    }
    there.push(name);
    variables = { ...variables, ...variablesIn(ran.stdout) };
  }
  return {
    missing,
    env: { ...env, ...variables, E2E_COMPONENTS: there.join(",") },
  };
}

/** Runs scripts until one fails. Returns what came of the last one. */
async function runInTurn(
  scripts: readonly string[],
  env: NodeJS.ProcessEnv,
  aborted: AbortSignal,
): Promise<Ran> {
  let ran: Ran = { exitCode: 0, stdout: "", stderr: "" };
  for (const script of scripts) {
    ran = await runProgram(script, [], { env, aborted, teeErrors: true });
    if (ran.exitCode !== 0) break;
  }
  return ran;
}

/** The suites that run without these components. */
export function suitesWithout(
  suites: readonly string[],
  missing: readonly MissingComponent[],
): string[] {
  const left = new Set(missing.flatMap((component) => component.suites));
  return suites.filter((name) => !left.has(name));
}

/** Which suites a run leaves out, and why, as the end of a line; empty if none. With `only`, no more than those that miss a component. */
export function describeLeftOut(
  {
    short,
    keep,
    only,
  }: {
    readonly short: boolean;
    readonly keep: boolean;
    readonly only?: string | undefined;
  },
  missing: readonly MissingComponent[],
): string {
  const suites = suitesOf({ short, keep });
  const longer = suitesOf({ short: false, keep }).filter(
    (name) => !suites.includes(name),
  );
  const parts = missing.map((component) => {
    const names = usersOf(component)
      .filter((name) => suites.includes(name))
      .map((name) =>
        component.suites.includes(name) ? name : `a part of ${name}`,
      );
    return `${names.join(", ")} (${component.why})`;
  });
  if (only === undefined && longer.length > 0)
    parts.push(`${longer.join(", ")} (npm run e2e runs them)`);
  return parts.length === 0 ? "" : `; not run: ${parts.join("; ")}`;
}

/** Why a script of a component has not succeeded: the last line that it wrote, if this machine cannot run it. */
function reasonOf({
  exitCode,
  stderr,
}: Ran): Pick<MissingComponent, "why" | "failed"> {
  const last = (stderr.trimEnd().split("\n").at(-1) ?? "").replace(/\.$/, "");
  return exitCode === EXIT_NOT_RUN
    ? { why: last }
    : { why: `it failed, exit code ${exitCode}: ${last}`, failed: true };
}

function variablesIn(output: string): Record<string, string> {
  return Object.fromEntries(
    [...output.matchAll(/^([A-Z0-9_]+)=(.*)$/gm)].map(([, name, value]) => [
      name ?? "",
      value ?? "",
    ]),
  );
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
