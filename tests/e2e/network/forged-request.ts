import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually } from "../../support/eventually.ts";
import type { Answer, Question } from "./ask.ts";
import { core, kubectl } from "../steps/cluster.ts";
import { images } from "../steps/overlay.ts";

/** The Pod starts in a second or two; each question may wait for a function at zero. */
const endTimeoutMs = 120_000;
const uid = "1e2e0000-0000-4000-8000-000000000000";

/** How the API server calls the function at this moment. */
export interface WebhookCall {
  /** Name of the Service; the gateway picks certificate and route by it. */
  readonly host: string;
  /** The secret path. */
  readonly path: string;
  /** PEM: every authority whose certificates the API server accepts. */
  readonly authorities: string;
}

/** Reads it from the webhook configuration. Throws if that has no secret path. */
export async function webhookCall(): Promise<WebhookCall> {
  const output = await kubectl(
    "get mutatingwebhookconfiguration 10-stateful-deployments --output=jsonpath={.webhooks[0].clientConfig}",
  );
  const { caBundle, service } = JSON.parse(output) as {
    caBundle?: string;
    service: { name: string; namespace: string; path?: string };
  };
  if (!/^\/mutate\/.{16,}$/.test(service.path ?? ""))
    throw new Error(`the webhook's path ${service.path} has no token`);
  return {
    host: `${service.name}.${service.namespace}.svc`,
    path: service.path ?? "",
    authorities: Buffer.from(caBundle ?? "", "base64").toString("utf8"),
  };
}

/** What the API server would send for a Pod that does not exist. In a dry run the function creates no claim for it. */
export function forgedReview({ dryRun }: { dryRun: boolean }): string {
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    request: {
      uid,
      kind: { group: "", version: "v1", kind: "Pod" },
      resource: { group: "", version: "v1", resource: "pods" },
      operation: "CREATE",
      namespace: "default",
      userInfo: { username: "nobody" },
      dryRun,
      object: {
        apiVersion: "v1",
        kind: "Pod",
        metadata: {
          generateName: "forged-",
          annotations: {
            "volume-claim-template/name": "data",
            "volume-claim-template/storage": "1Gi",
          },
        },
        spec: {
          containers: [{ name: "c", image: "any" }],
          volumes: [{ name: "data", emptyDir: {} }],
        },
      },
    },
  });
}

/** Whether an answer is the function's to that review: it allows the Pod, with a claim in its volume's place. */
export function isPatched(body: string): boolean {
  const { response } = JSON.parse(body) as {
    response?: { uid: string; allowed: boolean; patch?: string };
  };
  return (
    response?.uid === uid &&
    response.allowed &&
    /"claimName":"forged-data-/.test(
      Buffer.from(response.patch ?? "", "base64").toString("utf8"),
    )
  );
}

/** Asks from a Pod of its own, one question after the other. Throws, with the Pod's log, if one of them gets no answer. */
export async function askFromPod(
  namespace: string,
  questions: readonly Question[],
): Promise<Answer[]> {
  const ask = path.join(import.meta.dirname, "ask.ts");
  const program = `${await readFile(ask, "utf8")}
    const answers = [];
    for (const question of JSON.parse(process.env.QUESTIONS)) answers.push(await ask(question));
    console.log(JSON.stringify(answers));`;
  const name = `forged-${Date.now()}`;
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name },
      spec: {
        restartPolicy: "Never",
        containers: [
          {
            name: "main",
            // It has Node.
            image: images["stateful-deployments/function"],
            command: ["node", "--input-type=module-typescript", "--eval"],
            args: [program],
            env: [{ name: "QUESTIONS", value: JSON.stringify(questions) }],
          },
        ],
      },
    },
  });
  const phase = await eventually(
    `Pod ${name} ended`,
    async () => {
      const { status } = await core.readNamespacedPod({ namespace, name });
      return (
        ["Succeeded", "Failed"].includes(status?.phase ?? "") && status?.phase
      );
    },
    endTimeoutMs,
  );
  const log = await core.readNamespacedPodLog({ namespace, name });
  await core.deleteNamespacedPod({ namespace, name });
  if (phase === "Failed") throw new Error(`Pod ${name} failed:\n${log}`);
  return JSON.parse(log) as Answer[];
}
