import { startControlPlane } from "../../control-plane/control-plane.ts";
import type { ControlPlane } from "../../control-plane/control-plane.ts";
import { buildIfOld } from "../../support/built-programs.ts";
import { sweepNamespace } from "../../support/janitor-sweep.ts";
import type { BenchmarkRun } from "../measure/comparison.ts";
import type { RunningPeer } from "../ways/peer.ts";
import { findPeers } from "../peers/peers.ts";
import { QUESTIONS, QUESTIONS_WHILE_DOWN } from "./questions.ts";
import type { Question, Subject } from "./questions.ts";
import { installRewriters } from "../ways/rewriters.ts";
import { DELETE, EPHEMERAL, PARALLEL, POLICY, REUSE } from "../ways/ways.ts";
import type { Way } from "../ways/ways.ts";
import { createWorkload } from "../ways/workload.ts";

/** What one way leaves behind, in words for a cell of a table. */
export interface Aftermath {
  readonly way: string;
  /** By the titles of the rows. */
  readonly cells: Readonly<Record<string, string>>;
}

/** Programs of Kyverno that no Pod needs. */
const CLEANERS = /cleanup|reports/;

/** Finds out by doing what runs when nothing happens, and what each way leaves behind. */
export async function findAftermaths(
  progress: BenchmarkRun["progress"],
): Promise<Aftermath[]> {
  await buildIfOld();
  const controlPlane = await startControlPlane();
  try {
    const rewriters = await installRewriters(controlPlane);
    try {
      const product = {
        programs: [rewriters.function],
        needed: [rewriters.function],
        sweep: async (namespace: string) => {
          await sweepNamespace(controlPlane, namespace);
        },
      };
      const peers = await findPeers(progress);
      const running = new Map<Way, RunningPeer>();
      try {
        for (const [way, startPeer] of peers.built)
          running.set(way, await startPeer(controlPlane));
        const subjects: Subject[] = [
          { way: DELETE, ...product },
          { way: REUSE, ...product },
          ...[EPHEMERAL, POLICY, PARALLEL].map((way) => ({
            way,
            programs: [],
            needed: [],
          })),
          ...[...running].map(([way, { programs }]) => ({
            way,
            programs,
            needed: programs.filter(({ name }) => !CLEANERS.test(name)),
          })),
        ];
        return await answersOf(controlPlane, subjects, progress);
      } finally {
        for (const peer of running.values()) await peer.stop();
      }
    } finally {
      await rewriters.stop();
    }
  } finally {
    await controlPlane.stop();
  }
}

/** Asks all subjects at the same time, but one after the other with its programs down. */
async function answersOf(
  controlPlane: ControlPlane,
  subjects: readonly Subject[],
  progress: BenchmarkRun["progress"],
): Promise<Aftermath[]> {
  const found = subjects.map((subject) => ({
    subject,
    cells: {} as Record<string, string>,
  }));
  const ask = async (
    { cells, subject }: (typeof found)[number],
    question: Question,
  ): Promise<void> => {
    const { name } = subject.way;
    const workload = await createWorkload(
      controlPlane,
      `${name.toLowerCase().replaceAll(/[^a-z]+/g, "-")}-${Object.keys(cells).length}`,
      subject.way,
    );
    const cell = await question.ask(subject, workload, controlPlane);
    cells[question.title] = cell;
    progress(`${name}: ${question.title}: ${cell}`);
    await workload.remove();
  };
  for (const question of QUESTIONS)
    await Promise.all(found.map(async (one) => await ask(one, question)));
  for (const question of QUESTIONS_WHILE_DOWN)
    for (const one of found) await ask(one, question);
  return found.map(({ cells, subject }) => ({ way: subject.way.name, cells }));
}
