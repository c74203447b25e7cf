import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
} from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { startReaper } from "./reaper.ts";

const run = promisify(execFile);

export interface BuildOptions {
  /** The directory of go.mod. */
  readonly moduleDirectory: string;
  /** Where the programs go; made in one step at the end, so it is complete or absent. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly progress: NodeJS.WritableStream;
}

/** What kwok needs to play kubelet: Nodes that become and stay Ready, Pods that run, complete and go. */
const stageDirectories = [
  "node/fast",
  "node/heartbeat-with-lease",
  "pod/fast",
] as const;

/** Lines of go's output in the error of a build that failed. */
const failureLines = 30;

/**
 * Builds the tools of go.mod into `directory`. Throws one message that names both ways out if Go is absent or too
 * old, and the end of go's output if the build fails.
 */
export async function buildBinaries(options: BuildOptions): Promise<void> {
  const { moduleDirectory, directory } = options;
  const env = { ...options.env, CGO_ENABLED: "0", GOWORK: "off" };
  const goMod = await readFile(path.join(moduleDirectory, "go.mod"), "utf8");
  await requireGo(goMod, moduleDirectory, env);

  await mkdir(path.dirname(directory), { recursive: true });
  const temporary = await mkdtemp(`${directory}.building-`);
  const reaper = startReaper([temporary]);
  try {
    await goBuild(goMod, temporary, env, options, (group) =>
      reaper.watch(group),
    );
    await rename(path.join(temporary, "server"), path.join(temporary, "etcd"));
    await copyStages(moduleDirectory, temporary, env);
    await rename(temporary, directory).catch((error: unknown) => {
      // Another process built the same thing meanwhile: its result is as good as this one.
      if (!isTaken(error)) throw error;
    });
  } finally {
    await reaper.end();
  }
}

/** Often enough to look alive, seldom enough for a log. */
const progressMs = 15_000;

async function goBuild(
  goMod: string,
  output: string,
  env: NodeJS.ProcessEnv,
  { moduleDirectory: cwd, progress }: BuildOptions,
  watch: (processGroup: number) => void,
): Promise<void> {
  const startedAt = Date.now();
  let packages = 0;
  const report = (text: string): void => {
    const minutes = Math.floor((Date.now() - startedAt) / 60_000);
    progress.write(
      `Building the test control plane: ${text}${minutes} min, ${packages} package${packages === 1 ? "" : "s"} compiled\n`,
    );
  };
  progress.write(
    "Building the test control plane once (etcd, kube-apiserver and others; 7 minutes on 2 cores, 12 when they have other work; then cached)\n",
  );
  const timer = setInterval(() => report(""), progressMs);
  const args = ["-v", "-trimpath", `-ldflags=${linkerFlags(goMod)}`];
  const child = spawn("go", ["build", ...args, "-o", output, "tool"], {
    cwd,
    env,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  if (child.pid !== undefined) watch(child.pid);
  const closed = once(child, "close");
  const tail: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    if (/^[\w.-]+(\/[\w.@~-]+)*$/.test(line)) packages += 1;
    tail.push(line);
    if (tail.length > failureLines) tail.shift();
  }
  const [code] = (await closed) as [number | null];
  clearInterval(timer);
  report(code === 0 ? "done after " : "failed after ");
  if (code !== 0)
    throw new Error(
      `go build of the control plane failed (exit code ${code}); the end of its output:\n${tail.join("\n")}`,
    );
}

/** A build without these calls itself v0.0.0-master, which kubectl cannot parse. */
function linkerFlags(goMod: string): string {
  const match = /^\s*k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/m.exec(goMod);
  if (match === null)
    throw new Error("go.mod does not require k8s.io/kubernetes");
  const [, version, major, minor] = match;
  const variable = "-X k8s.io/component-base/version";
  return `-s -w ${variable}.gitVersion=${version} ${variable}.gitMajor=${major} ${variable}.gitMinor=${minor}`;
}

async function copyStages(
  moduleDirectory: string,
  output: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const { stdout } = await run(
    "go",
    ["list", "-m", "-f", "{{.Dir}}", "sigs.k8s.io/kwok"],
    { cwd: moduleDirectory, env },
  );
  await mkdir(path.join(output, "stages"));
  for (const stage of stageDirectories) {
    const source = path.join(stdout.trim(), "kustomize/stage", stage);
    for (const name of await readdir(source)) {
      if (!name.endsWith(".yaml") || name === "kustomization.yaml") continue;
      await copyFile(
        path.join(source, name),
        path.join(output, "stages", name),
      );
    }
  }
}

async function requireGo(
  goMod: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const wanted = /^go (\d+)\.(\d+)/m.exec(goMod);
  if (wanted === null) throw new Error("go.mod has no go line");
  const minimum = `${wanted[1]}.${wanted[2]}`;
  // Run beside go.mod: an older Go that fetches newer toolchains by itself answers with the version it would use.
  const found = await run("go", ["version"], { cwd, env }).then(
    ({ stdout }) => /go(\d+)\.(\d+)\S*/.exec(stdout),
    () => null,
  );
  const major = Number(found?.[1] ?? 0) - Number(wanted[1]);
  const minor = Number(found?.[2] ?? 0) - Number(wanted[2]);
  if (found !== null && (major > 0 || (major === 0 && minor >= 0))) return;
  throw new Error(
    `The test control plane has to be built once, and that needs Go >= ${minimum}: ` +
      `${found === null ? "no go that works is on the PATH" : `the go on the PATH is ${found[0]}`}. ` +
      `Either install Go >= ${minimum}, or set KUBEBUILDER_ASSETS to a directory with etcd and kube-apiserver.`,
  );
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : "";
  return code === "ENOTEMPTY" || code === "EEXIST";
}
