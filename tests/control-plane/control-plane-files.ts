import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import {
  type CertificateAuthority,
  createTokenKeys,
  type Identity,
} from "./certificates.ts";
import { kubeconfig } from "./kubeconfig.ts";
import {
  apiServerServiceAddress,
  type ControlPlaneFiles,
} from "./program-flags.ts";

/** Who can tell that a request came, and whether it was allowed; bodies would fill the disk in a load test. */
const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

const identities: Record<keyof ControlPlaneFiles["kubeconfig"], Identity> = {
  admin: { user: "admin", groups: ["system:masters"] },
  controllerManager: { user: "system:kube-controller-manager" },
  scheduler: { user: "system:kube-scheduler" },
  // It plays every kubelet at once, which no identity of a single node may.
  kwok: { user: "kwok", groups: ["system:masters"] },
};

/** The paths of a control plane's files below its directory; nothing is written yet. */
export function controlPlaneFiles(
  directory: string,
  dataDirectory: string,
): ControlPlaneFiles {
  const file = (name: string): string => path.join(directory, name);
  return {
    directory,
    dataDirectory,
    etcdSocket: file("etcd.sock"),
    caCert: file("pki/ca.crt"),
    caKey: file("pki/ca.key"),
    servingCert: file("pki/apiserver.crt"),
    servingKey: file("pki/apiserver.key"),
    tokenPublicKey: file("pki/service-accounts.pub"),
    tokenPrivateKey: file("pki/service-accounts.key"),
    staticTokens: file("pki/tokens.csv"),
    auditPolicy: file("audit-policy.json"),
    auditLog: file("logs/audit.jsonl"),
    kubeconfig: {
      admin: file("kubeconfig"),
      controllerManager: file("controller-manager.kubeconfig"),
      scheduler: file("scheduler.kubeconfig"),
      kwok: file("kwok.kubeconfig"),
    },
  };
}

/** Writes keys, certificates, policy and the static token of an administrator; returns that token. */
export async function writeServerFiles(
  files: ControlPlaneFiles,
  ca: CertificateAuthority,
): Promise<{ adminToken: string }> {
  const [serving, tokens] = await Promise.all([
    ca.serving([
      "127.0.0.1",
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      "kubernetes.default.svc.cluster.local",
      apiServerServiceAddress,
    ]),
    createTokenKeys(),
  ]);
  const adminToken = randomBytes(32).toString("hex");
  await mkdir(path.dirname(files.caCert), { mode: 0o700 });
  await Promise.all([
    writeFile(files.caCert, ca.certificate.cert),
    writeSecret(files.caKey, ca.certificate.key),
    writeFile(files.servingCert, serving.cert),
    writeSecret(files.servingKey, serving.key),
    writeFile(files.tokenPublicKey, tokens.publicKey),
    writeSecret(files.tokenPrivateKey, tokens.privateKey),
    writeSecret(
      files.staticTokens,
      `${adminToken},admin-token,admin-token,system:masters\n`,
    ),
    writeFile(files.auditPolicy, JSON.stringify(auditPolicy)),
  ]);
  return { adminToken };
}

/** Writes a kubeconfig with a client certificate for everybody who talks to `server`. */
export async function writeKubeconfigs(
  files: ControlPlaneFiles,
  ca: CertificateAuthority,
  server: string,
): Promise<void> {
  const roles = ["admin", "controllerManager", "scheduler", "kwok"] as const;
  await Promise.all(
    roles.map(async (role) => {
      const client = await ca.client(identities[role]);
      await writeSecret(
        files.kubeconfig[role],
        kubeconfig(server, ca.certificate.cert, { client }),
      );
    }),
  );
}

function writeSecret(file: string, text: string): Promise<void> {
  return writeFile(file, text, { mode: 0o600 });
}
