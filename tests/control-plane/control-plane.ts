import { writeFileSync } from "node:fs";
import path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import type { Ran } from "./run-program.ts";
import { startApiServer } from "./api-server.ts";
import { type Binaries, findBinaries, type Program } from "./binaries.ts";
import {
  createCertificateAuthority,
  type KeyAndCertificate,
} from "./certificates.ts";
import { prepareCluster } from "./cluster-objects.ts";
import { controlPlaneFiles, writeServerFiles } from "./control-plane-files.ts";
import { makeInstanceDirectories } from "./instance-directories.ts";
import { KeptConnections } from "./kept-connections.ts";
import { kubeconfig } from "./kubeconfig.ts";
import { type KubectlOptions, runKubectl } from "./kubectl.ts";
import { requestToken } from "./service-account-token.ts";
import { createProcesses, type ProcessFailure } from "./processes.ts";
import {
  controllerManagerFlags,
  kwokFlags,
  schedulerFlags,
} from "./program-flags.ts";

export interface ControlPlaneOptions {
  /** kube-controller-manager and kube-scheduler; by default if both are there. */
  readonly controllers?: boolean;
  /** Fake Nodes played by kwok, 0 for none; by default 2 if kwok and the controllers are there. */
  readonly nodes?: number;
  readonly auditLog?: boolean;
  readonly apiServerFlags?: readonly string[];
  readonly controllerManagerFlags?: readonly string[];
  /** The programs to run; found or built by `findBinaries` unless given. */
  readonly binaries?: Binaries;
  /** Receives a line for each step of the start and for a process that ends later by itself. */
  readonly log?: (line: string) => void;
}

/** A running Kubernetes control plane of our own. */
export interface ControlPlane {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  readonly caPem: string;
  /** Temporary; goes with `stop()`. Logs are in its `logs`. */
  readonly directory: string;
  /** The kubeconfig file of an administrator with a client certificate. */
  readonly kubeconfigPath: string;
  /** The same, loaded. */
  readonly kubeConfig: KubeConfig;
  /** A bearer token of an administrator. */
  readonly adminToken: string;
  readonly binaries: Binaries;
  /** What runs; the rest was missing or not asked for. */
  readonly running: readonly Program[];
  /** JSON lines, present with the option `auditLog`. */
  readonly auditLogPath: string | undefined;
  /** Resolves, and never rejects, when a process has ended by itself; the error's message ends with its log's tail. */
  readonly failed: Promise<ProcessFailure>;
  /** Writes a kubeconfig for a bearer token and returns its path. `server` replaces the URL, e.g. by a proxy's. */
  kubeconfigFor(token: string, options?: { server?: string }): string;
  /** A token of the ServiceAccount, by the TokenRequest API. */
  tokenFor(namespace: string, serviceAccount: string): Promise<string>;
  /** Runs kubectl as administrator, or with another kubeconfig. Does not throw on a non-zero exit code. */
  kubectl(args: readonly string[], options?: KubectlOptions): Promise<Ran>;
  /** A serving certificate for DNS names or IP addresses by this control plane's authority. */
  certificate(names: readonly string[]): Promise<KeyAndCertificate>;
  logTail(program: Program, lines?: number): Promise<string>;
  /** Kills the processes and removes the directory. Throws if a process had ended by itself before. */
  stop(): Promise<void>;
}

const defaultNodes = 2;

/** Starts a control plane. Throws, with the end of the log that matters, if a process does not come up. */
export async function startControlPlane(
  options: ControlPlaneOptions = {},
): Promise<ControlPlane> {
  const log = options.log ?? (() => undefined);
  const startedAt = Date.now();
  const step = (what: string): void =>
    log(`${what} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`);

  const binaries = options.binaries ?? (await findBinaries());
  const has = (program: Program): boolean =>
    !binaries.missing.includes(program);
  const controllers =
    options.controllers ??
    (has("kube-controller-manager") && has("kube-scheduler"));
  const nodes =
    options.nodes ?? (controllers && has("kwok") ? defaultNodes : 0);

  const { directory, dataDirectory } = await makeInstanceDirectories();
  const processes = await createProcesses(directory, dataDirectory);
  const running: Program[] = ["etcd", "kube-apiserver"];
  const start = (
    program: Program,
    flags: string[],
  ): Promise<ProcessFailure> => {
    running.push(program);
    return processes.start(program, binaries.path(program), flags);
  };
  try {
    const files = controlPlaneFiles(directory, dataDirectory);
    const ca = await createCertificateAuthority();
    const { adminToken } = await writeServerFiles(files, ca);
    const auditLog = options.auditLog ?? false;
    const apiServer = await startApiServer(binaries, processes, files, ca, {
      auditLog,
      adminToken,
      flags: options.apiServerFlags ?? [],
    });
    const failures = [apiServer.failed];
    step(`kube-apiserver is ready at ${apiServer.server}`);
    if (controllers) {
      failures.push(
        start("kube-controller-manager", [
          ...controllerManagerFlags(files),
          ...(options.controllerManagerFlags ?? []),
        ]),
        start("kube-scheduler", schedulerFlags(files)),
      );
    }
    if (nodes > 0) {
      failures.push(start("kwok", kwokFlags(files, binaries.stageFiles)));
    }
    const failed = Promise.race(failures);

    const kubeConfig = new KeptConnections();
    kubeConfig.loadFromFile(files.kubeconfig.admin);
    await prepareCluster(kubeConfig, {
      nodes,
      controllers,
      failed,
      logTail: (program) => processes.logTail(program),
    });
    step("the control plane is ready");
    let failure: ProcessFailure | undefined;
    void failed.then((error) => {
      failure = error;
      log(error.message);
    });

    let kubeconfigs = 0;
    return {
      server: apiServer.server,
      caPem: ca.certificate.cert,
      directory,
      kubeconfigPath: files.kubeconfig.admin,
      kubeConfig,
      adminToken,
      binaries,
      running,
      auditLogPath: auditLog ? files.auditLog : undefined,
      failed,
      kubeconfigFor(token, { server = apiServer.server } = {}) {
        kubeconfigs += 1;
        const file = path.join(directory, `token-${kubeconfigs}.kubeconfig`);
        writeFileSync(
          file,
          kubeconfig(server, ca.certificate.cert, { token }),
          { mode: 0o600 },
        );
        return file;
      },
      tokenFor: (namespace, serviceAccount) =>
        requestToken(kubeConfig, namespace, serviceAccount),
      kubectl: (args, kubectlOptions = {}) =>
        runKubectl(binaries.path("kubectl"), directory, args, {
          kubeconfig: files.kubeconfig.admin,
          ...kubectlOptions,
        }),
      certificate: (names) => ca.serving(names),
      logTail: (program, lines) => processes.logTail(program, lines),
      async stop() {
        await processes.stop();
        if (failure !== undefined) throw failure;
      },
    };
  } catch (error) {
    await processes.stop();
    throw error;
  }
}
