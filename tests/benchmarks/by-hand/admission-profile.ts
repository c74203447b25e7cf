/**
 * Where the processor time of an admission goes:
 *     node tests/benchmarks/by-hand/admission-profile.ts [admissions, 10000 unless given]
 *
 * The function and the bare handler run from their sources, so that a profile of Node.js shows whose code runs. Time in Node.js itself counts
 * for the code that called it. What nobody called is work on connections: a request or an answer has arrived. The first tenth of the time does
 * not count: then Node.js loads and translates the program.
 */
import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { Agent } from "node:https";
import path from "node:path";
import { createNamespace } from "../../control-plane/cluster-objects.ts";
import { startControlPlane } from "../../control-plane/control-plane.ts";
import {
  certificateDirectory,
  webhookToken,
} from "../../support/function-on.ts";
import { timesOf } from "../measure/at-once.ts";
import { admitterFor } from "../measure/direct-review.ts";
import { startListening } from "../programs/measured-program.ts";
import { WEBHOOK_FLAGS } from "../programs/webhooks.ts";

const AT_ONCE = 16;
const root = path.join(import.meta.dirname, "../../..");

/** What code is for, by a part of its file's path. The first that matches counts. */
const PARTS: readonly (readonly [RegExp, string])[] = [
  [/node_modules\/prom-client\/|http\/metrics/, "metrics"],
  [/http\/logger|functions\/main/, "the line in the log"],
  [/node_modules\/@kubernetes\//, "credentials, by client-node"],
  [/node_modules\//, "express and its packages"],
  [/functions\/kubernetes\/|\/claim-api\//, "the request to the API server"],
  [/functions\/http\/|admission-review/, "reading and checking the review"],
  [/functions\//, "checking the Pod, and its claim and patch"],
  [/tests\//, "all of the handler"],
];

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const admissions = Number(process.argv[2] ?? 10_000);
const controlPlane = await startControlPlane({ controllers: false, nodes: 0 });
const agent = new Agent({ ca: controlPlane.caPem, keepAlive: true });
try {
  const { adminToken, caPem, server } = controlPlane;
  await createNamespace(controlPlane.kubeConfig, "profile");
  const TLS_CERT_DIR = await certificateDirectory(controlPlane);
  await show("function", "functions/main.ts", {
    KUBECONFIG: controlPlane.kubeconfigFor(adminToken),
    WEBHOOK_TOKEN: webhookToken,
    TLS_CERT_DIR,
  });
  await show("bare handler", "tests/benchmarks/programs/bare-handler.ts", {
    CA: caPem,
    SERVER: server,
    TOKEN: adminToken,
    TLS_CERT_DIR,
  });
} finally {
  agent.destroy();
  await controlPlane.stop();
}

/** Prints what the parts of a webhook take. */
async function show(
  name: string,
  entry: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const directory = await mkdtemp(
    path.join(controlPlane.directory, "profile-"),
  );
  const program = await startListening(path.join(root, entry), {
    flags: `${WEBHOOK_FLAGS} --cpu-prof --cpu-prof-dir=${directory}`,
    env: { ...env, PORT: "0" },
  });
  const send = admitterFor(agent, "profile");
  await timesOf(admissions, AT_ONCE, () => send(program.port));
  program.process.kill("SIGTERM");
  await program.exited;
  const [file = ""] = await readdir(directory);
  const profile = JSON.parse(
    await readFile(path.join(directory, file), "utf8"),
  ) as Profile;
  const parts = partsOf(profile);
  const all = [...parts.values()].reduce((sum, time) => sum + time, 0);
  console.log(`${name}, percent of its processor time`);
  for (const [part, time] of [...parts].toSorted(
    ([, one], [, other]) => other - one,
  ))
    console.log(`  ${((100 * time) / all).toFixed(0).padStart(2)}  ${part}`);
}

/** Microseconds of each part. */
function partsOf({ nodes, samples, timeDeltas }: Profile): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(
    nodes.flatMap(({ children = [], id }) =>
      children.map((child) => [child, id] as const),
    ),
  );
  const partOf = (id: number): string => {
    for (
      let at: number | undefined = id;
      at !== undefined;
      at = parents.get(at)
    ) {
      const { functionName = "", url = "" } = byId.get(at)?.callFrame ?? {};
      if (/^\((garbage collector|idle|program)\)$/.test(functionName))
        return functionName.slice(1, -1);
      const [, part] = PARTS.find(([pattern]) => pattern.test(url)) ?? [];
      if (part !== undefined) return part;
    }
    return "connections, by Node.js";
  };
  const parts = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    if (index < samples.length / 10) continue;
    const part = partOf(id);
    parts.set(part, (parts.get(part) ?? 0) + (timeDeltas[index] ?? 0));
  }
  parts.delete("idle");
  return parts;
}
