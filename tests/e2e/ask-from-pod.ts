import { readFile } from "node:fs/promises";
import path from "node:path";
import { eventually } from "../support/eventually.ts";
import type { Answer, Question } from "./ask.ts";
import { core } from "./cluster.ts";
import { images } from "./overlay.ts";

/** It starts in a second or two on a node that has the image; each question may wait for a function at zero. */
const endTimeoutMs = 120_000;

/** Asks from a Pod of its own, one question after the other. Throws, with its log, if one of them is not answered. */
export async function askFromPod(
  namespace: string,
  questions: readonly Question[],
): Promise<Answer[]> {
  const program = await readFile(
    path.join(import.meta.dirname, "ask.ts"),
    "utf8",
  );
  const name = `stranger-${Date.now()}`;
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
            args: [
              `${program}
              const answers = [];
              for (const question of JSON.parse(process.env.QUESTIONS)) answers.push(await ask(question));
              console.log(JSON.stringify(answers));`,
            ],
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
