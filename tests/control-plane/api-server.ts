import { request } from "node:https";
import type { Binaries } from "./binaries.ts";
import type { CertificateAuthority } from "./certificates.ts";
import { writeKubeconfigs } from "./control-plane-files.ts";
import { freePort } from "./free-port.ts";
import { ProcessFailure, type Processes } from "./processes.ts";
import {
  apiServerFlags,
  type ControlPlaneFiles,
  etcdFlags,
} from "./program-flags.ts";
import { waitUntil } from "./wait-until.ts";

/** Some 3 s on an idle machine with 2 cores; this is for one where builds and other control planes run as well. */
const readyTimeoutMs = 60_000;
/** A probe that hangs is worth less than the next one. */
const probeTimeoutMs = 2000;
/** Another process can take the free port first; three times in a row is not chance any more. */
const portAttempts = 3;

export interface ApiServerOptions {
  readonly auditLog: boolean;
  readonly flags: readonly string[];
  readonly adminToken: string;
}

export interface ApiServer {
  readonly server: string;
  /** Resolves when etcd or kube-apiserver has ended by itself. */
  readonly failed: Promise<ProcessFailure>;
}

/** Starts etcd and kube-apiserver and writes the kubeconfigs. Resolves when the server is ready. */
export async function startApiServer(
  binaries: Binaries,
  processes: Processes,
  files: ControlPlaneFiles,
  ca: CertificateAuthority,
  options: ApiServerOptions,
): Promise<ApiServer> {
  const etcd = processes.start("etcd", binaries.path("etcd"), etcdFlags(files));
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const server = `https://127.0.0.1:${port}`;
    const apiServer = processes.start(
      "kube-apiserver",
      binaries.path("kube-apiserver"),
      [...apiServerFlags(files, port, options), ...options.flags],
    );
    const failed = Promise.race([etcd, apiServer]);
    await writeKubeconfigs(files, ca, server);
    try {
      await waitUntil(
        "kube-apiserver ready",
        () => isReady(server, ca.certificate.cert, options.adminToken),
        {
          timeoutMs: readyTimeoutMs,
          failed,
          logTail: () => processes.logTail("kube-apiserver"),
        },
      );
      return { server, failed };
    } catch (error) {
      const portTaken =
        error instanceof ProcessFailure &&
        error.message.includes("address already in use");
      if (!portTaken || attempt === portAttempts) throw error;
    }
  }
}

function isReady(server: string, ca: string, token: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = request(
      `${server}/readyz`,
      {
        ca,
        agent: false,
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(probeTimeoutMs),
      },
      (response) => {
        response.resume();
        if (response.statusCode === 200) resolve(true);
        else reject(new Error(`/readyz answers ${response.statusCode}`));
      },
    );
    probe.on("error", reject);
    probe.end();
  });
}
