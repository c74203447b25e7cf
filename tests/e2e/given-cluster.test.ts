import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { eventually } from "../support/eventually.ts";
import { processesOf } from "../support/processes-of.ts";
import { startScript } from "../support/script.ts";
import type { Script } from "../support/script.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const main = path.join(import.meta.dirname, "main.ts");
const webhook =
  "mutatingwebhookconfiguration.admissionregistration.k8s.io/10-stateful-deployments";

/** Has Knative and Kourier, answers from files, and never finishes an installation. */
const kubectl = `#!/bin/sh
cd "$(dirname "$0")/.."
# It writes down a call only after it has acted: a test may end it as soon as it reads that.
case "$*" in "apply -k "*) cat made >>objects; echo node/drained >>cordoned ;; esac
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

describe("the end-to-end suite on a cluster of KUBECONFIG", function () {
  // Node and mocha load the suites.
  const loadTimeoutMs = 60_000;
  this.timeout(2 * loadTimeoutMs);
  let directory = "";
  let started: Script | undefined;
  const file = (name: string): string => path.join(directory, name);

  beforeEach(async () => {
    directory = temporaryDirectory("fake-kubectl-");
    await mkdir(file("bin"));
    await writeFile(file("bin/kubectl"), kubectl, { mode: 0o755 });
    await writeFile(file("kubeconfig"), kubeconfig);
    for (const empty of ["calls", "made"]) await writeFile(file(empty), "");
    await writeFile(file("cordoned"), "node/broken\n");
  });
  afterEach(async () => {
    // A suite that should not have started runs for minutes, in programs of its own, which end with it after this signal.
    started?.process.kill("SIGINT");
    await started?.exited;
  });

  /** Starts the suite on a cluster that has these objects, and these once the installation has begun. */
  async function start(
    objects: readonly string[],
    made: readonly string[] = [],
  ): Promise<Script> {
    await writeFile(file("objects"), `${objects.join("\n")}\n`);
    await writeFile(file("made"), `${made.join("\n")}\n`);
    started = startScript(main, [], {
      KUBECONFIG: file("kubeconfig"),
      PATH: `${file("bin")}:${process.env["PATH"]}`,
    });
    return started;
  }

  async function calls(): Promise<string[]> {
    return (await readFile(file("calls"), "utf8")).trimEnd().split("\n");
  }

  for (const { name, objects } of [
    { name: "our namespace", objects: ["namespace/stateful-deployments"] },
    { name: "our webhook", objects: [webhook] },
    {
      name: "namespaces of a run",
      objects: ["namespace/e2e-rollout", "namespace/e2e-burst"],
    },
  ])
    it(`does nothing, and reports it in a line, on a cluster with ${name}`, async () => {
      const suite = await start(["namespace/default", ...objects]);
      expect(await suite.exited).to.deep.equal([3, null]);
      expect(suite.shown()).to.match(/^end to end: not run; .*\n$/);
      expect(suite.shown()).to.include(`has ${objects.join(", ")}, which`);
      for (const call of await calls()) expect(call).to.match(/^get /);
    });

  it("runs beside the objects of others; interrupted, ends its tests first and then removes what it has created, and nothing else", async () => {
    const suite = await start(
      [
        "namespace/my-e2e-tests",
        "namespace/stateful-deployments-of-others",
        "mutatingwebhookconfiguration.admissionregistration.k8s.io/20-others",
      ],
      [
        "namespace/stateful-deployments",
        "namespace/e2e-waking",
        "namespace/e2e-rollout",
        webhook,
      ],
    );
    await eventually(
      "the installation has begun",
      async () => (await calls()).some((call) => call.startsWith("apply ")),
      loadTimeoutMs,
    );
    suite.process.kill("SIGINT");
    expect(await suite.exited).to.deep.equal([130, null]);

    const after = await calls();
    const changes = after
      .slice(after.findIndex((call) => call.startsWith("apply ")) + 1)
      .filter((call) => !call.startsWith("get "))
      .map((call) => call.replace(" --timeout=5m", ""));
    const overlay = path.join(main, "../../../manifests/overlays/kourier");
    expect(changes).to.deep.equal([
      "delete mutatingwebhookconfiguration 10-stateful-deployments --ignore-not-found",
      "uncordon node/drained",
      "delete namespace e2e-waking e2e-rollout --ignore-not-found",
      `delete -k ${overlay} --ignore-not-found`,
    ]);
    for (const change of changes)
      expect(suite.shown()).to.include(`  kubectl ${change}\n`);
    expect(await processesOf("fake-kubectl-")).to.deep.equal([]);
  });
});
