import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { errorMessage } from "../../functions/kubernetes/error-message.ts";
import { startControlPlane } from "../control-plane/control-plane.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { createChildProcesses } from "../demo/child-processes.ts";
import { listenForInterruption } from "../demo/interruption.ts";
import { createScreen } from "../demo/screen.ts";
import type { Screen } from "../demo/screen.ts";
import { findPrograms } from "../demo/set-up.ts";
import { runCommand } from "../support/command.ts";
import { invitation } from "./invitation.ts";
import { latestFunction } from "./latest-function.ts";
import type { LatestFunction } from "./latest-function.ts";
import { help, parseOptions } from "./options.ts";
import type { DevOptions } from "./options.ts";
import { followSources } from "./source-changes.ts";
import { openSwitchboard } from "./switchboard.ts";
import { followTypedCommands } from "./typed-commands.ts";
import { registerAt } from "./webhook.ts";

/** @throws also where the sources are not there */
function parseOptionsHere(argv: readonly string[]): DevOptions {
  const options = parseOptions(argv);
  const entry = path.join(options.functions, "main.ts");
  if (!options.help && !existsSync(path.resolve(entry)))
    throw new Error(
      `--functions ${JSON.stringify(options.functions)}: there is no ${entry}`,
    );
  return options;
}

async function main(options: DevOptions): Promise<number> {
  const functions = path.resolve(options.functions);
  // The commands that are shown name files relative to here.
  process.chdir(path.join(import.meta.dirname, "../.."));
  return run(functions, createScreen(process.stdout, process.env));
}

async function run(functions: string, screen: Screen): Promise<number> {
  // Signals keep their default until this is up: its processes end with this one in any case.
  const controlPlane = await screen.step(
    "A Kubernetes control plane of its own",
    async () =>
      await startControlPlane({
        binaries: await findPrograms(),
        log: (line) => screen.output(line),
      }),
  );
  const interruption = listenForInterruption();
  const children = createChildProcesses();
  const switchboard = await openSwitchboard();
  const token = randomBytes(16).toString("hex");
  const admission = latestFunction(
    {
      entry: path.join(functions, "main.ts"),
      caPem: controlPlane.caPem,
      env: {
        KUBECONFIG: controlPlane.kubeconfigPath,
        TLS_CERT_DIR: await writeCertificate(controlPlane),
        WEBHOOK_TOKEN: token,
        LOG_LEVEL: "debug",
      },
      log: (line) => screen.line(line),
    },
    children,
    switchboard,
    (error) =>
      screen.line(
        `${clock()}  the function failed, and annotated Pods are refused until the next change: ${error.message}`,
      ),
  );
  const sources = `${path.relative("", functions)}/`;
  let up = false;

  const follow = async (): Promise<void> => {
    await screen.step(`The function, from ${sources}`, () => admission.renew());
    const url = `https://127.0.0.1:${switchboard.port}/mutate/${token}`;
    await screen.step("The webhook, calling it", () =>
      registerAt(url, controlPlane),
    );
    up = true;
    screen.line(invitation(controlPlane, sources, switchboard.port));
    void followTypedCommands(
      process.stdin,
      controlPlane.kubeconfigPath,
      children,
      (text) => screen.line(text),
    );
    await followSources(
      functions,
      (files) => renew(screen, admission, files),
      interruption.signal,
    );
  };

  try {
    const code = await Promise.race([
      follow().then(() => interruption.came),
      thrown(controlPlane.failed),
      interruption.came,
    ]);
    screen.line();
    return up ? 0 : code;
  } finally {
    screen.mute();
    await admission.stop();
    switchboard.close();
    await children.end();
    // A process that had ended by itself was reported when it did.
    await controlPlane.stop().catch(() => undefined);
  }
}

async function renew(
  screen: Screen,
  admission: LatestFunction,
  files: readonly string[],
): Promise<void> {
  const startedAt = performance.now();
  const what = `${clock()}  ${files.join(", ")} changed`;
  try {
    await admission.renew();
    const seconds = (performance.now() - startedAt) / 1_000;
    screen.line(
      `${what}: the function took over after ${seconds.toFixed(1)} s`,
    );
  } catch (error) {
    screen.line(
      `${what}, and the function does not start; the one before goes on: ${errorMessage(error)}`,
    );
  }
}

/** Writes a certificate for the address that the API server calls, and returns the directory. */
async function writeCertificate(controlPlane: ControlPlane): Promise<string> {
  const { cert, key } = await controlPlane.certificate(["127.0.0.1"]);
  const certificateDirectory = path.join(
    controlPlane.directory,
    "function-tls",
  );
  await mkdir(certificateDirectory, { mode: 0o700 });
  await writeFile(path.join(certificateDirectory, "tls.crt"), cert);
  await writeFile(path.join(certificateDirectory, "tls.key"), key, {
    mode: 0o600,
  });
  return certificateDirectory;
}

async function thrown(failure: Promise<Error>): Promise<never> {
  throw await failure;
}

function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

// Standard input, polls and watchers may still be there.
process.exit(
  await runCommand({ parseOptions: parseOptionsHere, help, run: main }),
);
