import { spawn } from "node:child_process";
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Script } from "../support/script.ts";

const main = path.join(import.meta.dirname, "main.ts");

/** Has Knative and Kourier, answers from files, and never comes to an end with an installation. */
const kubectl = `#!/bin/sh
cd "$(dirname "$0")/.."
# First what a call does, then that it was made: a test may end this as soon as it reads that.
case "$*" in "apply -k "*) cat made >>objects; cat cordoned-then >>cordoned ;; esac
echo "$*" >>calls
case "$*" in
"get crd "*)
  for name in services.serving.knative.dev domainmappings.serving.knative.dev clusterdomainclaims.networking.internal.knative.dev; do
    echo "customresourcedefinition.apiextensions.k8s.io/$name"
  done ;;
"get namespaces,mutatingwebhookconfigurations "*) cat objects ;;
"get nodes "*) cat cordoned ;;
"apply -k "*) sleep 60 ;;
esac
`;

const kubeconfig = JSON.stringify({
  clusters: [{ name: "none", cluster: { server: "http://127.0.0.1:9" } }],
  contexts: [{ name: "none", context: { cluster: "none", user: "none" } }],
  "current-context": "none",
  users: [{ name: "none", user: {} }],
});

/** A cluster of KUBECONFIG that only a kubectl in front of PATH knows. */
export interface FakeCluster {
  /** What every kubectl was called with, in order. */
  readonly calls: () => Promise<string[]>;
  /** Starts the end-to-end suite on it. */
  readonly run: (...args: readonly string[]) => Script;
  readonly remove: () => Promise<void>;
}

/** Names as `kubectl get --output=name` has them. */
export interface FakeObjects {
  readonly objects?: readonly string[];
  readonly cordoned?: readonly string[];
  /** What is there, too, once the product is being installed. */
  readonly made?: readonly string[];
  readonly cordonedThen?: readonly string[];
}

export async function fakeCluster({
  objects = [],
  cordoned = [],
  made = [],
  cordonedThen = [],
}: FakeObjects): Promise<FakeCluster> {
  const directory = await mkdtemp(path.join(tmpdir(), "fake-kubectl-"));
  const file = (name: string): string => path.join(directory, name);
  await mkdir(file("bin"));
  await writeFile(file("bin/kubectl"), kubectl);
  await chmod(file("bin/kubectl"), 0o755);
  await writeFile(file("kubeconfig"), kubeconfig);
  await appendFile(file("calls"), "");
  for (const [name, lines] of Object.entries({
    objects,
    cordoned,
    made,
    "cordoned-then": cordonedThen,
  }))
    await writeFile(file(name), lines.map((line) => `${line}\n`).join(""));
  return {
    calls: async () =>
      (await readFile(file("calls"), "utf8")).trimEnd().split("\n"),
    run: (...args) => {
      const child = spawn(process.execPath, [main, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        env: {
          ...process.env,
          KUBECONFIG: file("kubeconfig"),
          PATH: `${file("bin")}:${process.env["PATH"]}`,
        },
      });
      let shown = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (chunk: Buffer) => (shown += chunk.toString()));
      return {
        process: child,
        shown: () => shown,
        exited: new Promise((resolve) => {
          child.once("close", (code, signal) => resolve([code, signal]));
        }),
      };
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
