import path from "node:path";

/** The files of one control plane that its programs are pointed at. */
export interface ControlPlaneFiles {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly etcdSocket: string;
  /** Paths by purpose, as written by `control-plane-files.ts`. */
  readonly caCert: string;
  readonly caKey: string;
  readonly servingCert: string;
  readonly servingKey: string;
  readonly tokenPublicKey: string;
  readonly tokenPrivateKey: string;
  readonly staticTokens: string;
  readonly auditPolicy: string;
  readonly auditLog: string;
  readonly kubeconfig: Readonly<
    Record<"admin" | "controllerManager" | "scheduler" | "kwok", string>
  >;
}

/** The first address of the Service range is the API server's own, so its certificate names it. */
export const serviceRange = "10.96.0.0/16";
export const apiServerServiceAddress = "10.96.0.1";

/**
 * The defaults (20 queries a second) would make a Deployment of 200 replicas wait for its controllers and not for what
 * is tested. High enough to be no limit on a small machine.
 */
const clientLimits = ["--kube-api-qps=500", "--kube-api-burst=1000"];

/** A unix socket instead of ports: no port can be taken, and no other user can connect. */
export function etcdFlags(files: ControlPlaneFiles): string[] {
  // Port 0: the only member talks to no peer and is reached through the socket alone.
  const nowhere = "http://127.0.0.1:0";
  return [
    `--data-dir=${path.join(files.dataDirectory, "etcd")}`,
    // The data are worth nothing after a crash: everything is thrown away then.
    "--unsafe-no-fsync",
    `--listen-client-urls=unix://${files.etcdSocket}`,
    `--advertise-client-urls=${nowhere}`,
    `--listen-peer-urls=${nowhere}`,
    `--initial-advertise-peer-urls=${nowhere}`,
    `--initial-cluster=default=${nowhere}`,
    // A member alone wins its election after one timeout, by default a second of start-up time; a shorter heartbeat is work at each.
    "--heartbeat-interval=50",
    "--election-timeout=250",
    "--log-level=warn",
  ];
}

export function apiServerFlags(
  files: ControlPlaneFiles,
  port: number,
  options: { auditLog: boolean },
): string[] {
  const issuer = "https://kubernetes.default.svc.cluster.local";
  return [
    `--etcd-servers=unix://${files.etcdSocket}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    // The endpoints of the Service "kubernetes" may not be loopback addresses, and nothing here would use them.
    "--endpoint-reconciler-type=none",
    `--service-cluster-ip-range=${serviceRange}`,
    `--tls-cert-file=${files.servingCert}`,
    `--tls-private-key-file=${files.servingKey}`,
    `--client-ca-file=${files.caCert}`,
    `--token-auth-file=${files.staticTokens}`,
    `--service-account-issuer=${issuer}`,
    `--service-account-key-file=${files.tokenPublicKey}`,
    `--service-account-signing-key-file=${files.tokenPrivateKey}`,
    "--authorization-mode=Node,RBAC",
    // On top of the defaults, as kubeadm has it.
    "--enable-admission-plugins=NodeRestriction",
    "--allow-privileged=true",
    "--profiling=false",
    ...(options.auditLog
      ? [
          `--audit-policy-file=${files.auditPolicy}`,
          // In its default mode, blocking: the line is there before the answer.
          `--audit-log-path=${files.auditLog}`,
          "--audit-log-maxsize=0",
        ]
      : []),
  ];
}

export function controllerManagerFlags(files: ControlPlaneFiles): string[] {
  return [
    `--kubeconfig=${files.kubeconfig.controllerManager}`,
    "--secure-port=0",
    "--leader-elect=false",
    `--root-ca-file=${files.caCert}`,
    `--cluster-signing-cert-file=${files.caCert}`,
    `--cluster-signing-key-file=${files.caKey}`,
    `--service-account-private-key-file=${files.tokenPrivateKey}`,
    // Each controller with its own rights, as in a real cluster.
    "--use-service-account-credentials",
    "--enable-hostpath-provisioner",
    ...clientLimits,
  ];
}

export function schedulerFlags(files: ControlPlaneFiles): string[] {
  return [
    `--kubeconfig=${files.kubeconfig.scheduler}`,
    "--secure-port=0",
    "--leader-elect=false",
    ...clientLimits,
  ];
}

export function kwokFlags(
  files: ControlPlaneFiles,
  stageFiles: readonly string[],
): string[] {
  return [
    `--kubeconfig=${files.kubeconfig.kwok}`,
    "--manage-all-nodes=true",
    // Renewed by kwok, watched by the node life cycle controller: the kubelet's own default.
    "--node-lease-duration-seconds=40",
    ...stageFiles.map((file) => `--config=${file}`),
  ];
}
