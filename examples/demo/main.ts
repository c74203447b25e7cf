import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { CoreV1Api } from "@kubernetes/client-node";
import { errorMessage } from "../../functions/contract/error-message.ts";
import { findBinaries, programs } from "../../tests/control-plane/binaries.ts";
import { startControlPlane } from "../../tests/control-plane/control-plane.ts";
import type { ControlPlane } from "../../tests/control-plane/control-plane.ts";
import { buildIfOld, JANITOR } from "../../tests/support/built-programs.ts";
import { runCommand } from "../../tests/control-plane/command.ts";
import {
  registerWebhook,
  webhookConfiguration,
} from "../../tests/support/webhook.ts";
import { showBuildCache } from "./build-cache.ts";
import { startFunction } from "./function-process.ts";
import type { FunctionProcess } from "./function-process.ts";
import { showOtherExamples } from "./other-examples.ts";
import { rollOutPostgres, startPostgres } from "./postgres.ts";
import { command, line, output, say, step } from "./screen.ts";
import { stayUp } from "./stay-up.ts";

const help = `Shows what stateful-deployments does, on a Kubernetes control plane of its own. It needs no cluster and no containers.

  npm start                  on a terminal it stays up afterwards, until Ctrl-C
  npm start -- --once        ends after the last step, as it does without a terminal
  npm start -- --watch       runs the sources: a change in functions/ takes effect at the next Pod

Everything is real but the kubelets: etcd, kube-apiserver, kube-controller-manager (which creates the Pods of Deployments
and a volume for each claim, and collects garbage) and kube-scheduler. kwok simulates two nodes, whose Pods "run" without a
container. The function and the janitor are the built programs of dist/, as they are in the images.

Each step prints its commands, their results and the time it took. The demonstration ends at the first step that does not
succeed. The manifests are those of examples/.

The janitor's grace period is 5 minutes, or 2 at least, which is a long wait here. The steps run the janitor with
--grace-period=0s --unsafe-grace-period, which is only safe where no Pod is just being created.

Options
  --once     end after the last step, even on a terminal
  --watch    run function and janitor from their sources; the function starts again when one of them changes
  --help     this text

The programs of the control plane come from the directory KUBEBUILDER_ASSETS, if that is set. It must have etcd,
kube-apiserver, kube-controller-manager, kube-scheduler, kubectl, and kwok with its stages. Otherwise they are built once,
with Go, in 7 minutes on 2 cores, 12 when they have other work. After that a start takes seconds. NO_COLOR=1 turns colours off.

Exit codes: 0 every step succeeded, 1 one did not, 2 wrong options.
`;

/** A stage of kwok. */
const POD_DELETE = join(import.meta.dirname, "pod-delete.yaml");

interface DemoOptions {
  readonly help: boolean;
  readonly once: boolean;
  readonly watch: boolean;
}

function parseOptions(argv: readonly string[]): DemoOptions {
  const flag = { type: "boolean", default: false } as const;
  const options = { help: { ...flag, short: "h" }, once: flag, watch: flag };
  return parseArgs({ args: [...argv], options }).values;
}

async function run(options: DemoOptions): Promise<number> {
  // The printed commands name files relative to this directory.
  process.chdir(join(import.meta.dirname, "../.."));
  await buildIfOld();
  line(
    "stateful-deployments: a claim of its own for every Pod of a Deployment",
  );
  // Before the demonstration stays up, a signal ends this process at once. Its programs always end with it.
  const controlPlane = await step(
    "A Kubernetes control plane of its own",
    showControlPlane,
  );
  let admission: FunctionProcess | undefined;
  const show = async (): Promise<void> => {
    admission = await step(
      options.watch
        ? "The admission function, from its sources"
        : "The admission function, as it was built",
      () => showFunction(controlPlane, options.watch),
    );
    await Promise.race([
      showAll(controlPlane, admission, options),
      thrown(admission.failed),
    ]);
  };
  try {
    await Promise.race([show(), thrown(controlPlane.failed)]);
  } catch (error) {
    process.stderr.write(
      `\nThis step failed: ${errorMessage(error)}\n${await circumstances(controlPlane, admission)}`,
    );
    return 1;
  }
  try {
    await admission?.stop();
  } finally {
    await controlPlane.stop();
  }
  line(
    "The function has drained and the control plane is gone, with everything it wrote.",
  );
  return 0;
}

async function showControlPlane(): Promise<ControlPlane> {
  const binaries = await findBinaries();
  if (binaries.missing.length > 0)
    throw new Error(
      `${binaries.directory} has no ${binaries.missing.join(" and no ")}, but the demonstration needs all of ${programs.join(", ")}: ` +
        "unset KUBEBUILDER_ASSETS to have them built, or put them there",
    );
  command("npm run control-plane");
  const stageFiles = [
    ...binaries.stageFiles.filter(
      (file) => basename(file) !== basename(POD_DELETE),
    ),
    POD_DELETE,
  ];
  const controlPlane = await startControlPlane({
    binaries: { ...binaries, stageFiles },
    log: output,
  });
  output(`export KUBECONFIG=${controlPlane.kubeconfigPath}`);
  say(
    `${controlPlane.running.join(", ")}; two nodes without containers; the line above works in another terminal until this ends`,
  );
  return controlPlane;
}

async function showFunction(
  controlPlane: ControlPlane,
  watch: boolean,
): Promise<FunctionProcess> {
  const started = await startFunction(controlPlane, watch);
  say(`listens at ${new URL(started.url).origin}, at a secret path`);
  return started;
}

async function showAll(
  controlPlane: ControlPlane,
  admission: FunctionProcess,
  { once, watch }: DemoOptions,
): Promise<void> {
  await step(
    "The webhook: the API server calls the function for annotated Pods, and for no others",
    () => showWebhook(controlPlane, admission),
  );
  const core = controlPlane.kubeConfig.makeApiClient(CoreV1Api);
  const janitor = watch ? "janitor/main.ts" : JANITOR;
  const context = { controlPlane, core, admission, janitor };
  await showBuildCache(context);
  const postgres = await step(
    "Three databases, whose claims outlive their Pods",
    () => startPostgres(context),
  );
  await step("The other examples", () => showOtherExamples(context));
  await step("A rollout: each new Pod gets the claim of an old one", () =>
    rollOutPostgres(context, postgres),
  );
  line();
  line("Every step succeeded.");
  if (!once && process.stdin.isTTY && process.stdout.isTTY)
    await stayUp(context);
}

async function showWebhook(
  controlPlane: ControlPlane,
  admission: FunctionProcess,
): Promise<void> {
  command(
    "kubectl create -f manifests/base/webhook.yaml   # with that address in place of the Service's",
  );
  await registerWebhook(
    controlPlane.kubeConfig,
    webhookConfiguration(admission),
    async () => {
      const { stdout } = await controlPlane.kubectl(
        "create --dry-run=server --output=yaml -f examples/mounted-only.yaml".split(
          " ",
        ),
      );
      return stdout.includes("claimName: ");
    },
  );
  say(
    "in force: in a dry run, which writes nothing, an annotated Pod gets a claim",
  );
}

/** The end of the function's log and the latest warnings among the events: they explain most failures. */
async function circumstances(
  controlPlane: ControlPlane,
  admission: FunctionProcess | undefined,
): Promise<string> {
  const log = admission?.log.slice(-5).join("\n") ?? "";
  // The time-out is short, because the API server itself may have failed.
  const { stdout } = await controlPlane.kubectl(
    "get events --all-namespaces --field-selector=type=Warning --sort-by=.metadata.creationTimestamp --request-timeout=5s".split(
      " ",
    ),
  );
  const warnings = stdout.split("\n").slice(-8).join("\n");
  return `The end of the function's log:\n${log}\nThe latest warnings:\n${warnings}\n`;
}

async function thrown(failure: Promise<Error>): Promise<never> {
  throw await failure;
}

// Polls of a step that failed may still run.
process.exit(await runCommand({ parseOptions, help, run }));
