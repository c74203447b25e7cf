import { setTimeout as sleepFor } from "node:timers/promises";
import {
  ApiStatusError,
  connectApiServer,
} from "../../functions/kubernetes/api-server.ts";
import { loadKubeConfig } from "../../functions/kubernetes/kube-config.ts";
import {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_UNUSABLE,
} from "../../functions/contract/exit-codes.ts";
import { CERTIFICATES_NAME } from "../../functions/contract/keys.ts";
import manifest from "../../package.json" with { type: "json" };
import { errorMessage } from "../../functions/contract/error-message.ts";
import type { Sleep } from "../../functions/kubernetes/retry.ts";
import { obtainCredentials } from "../cluster/check-connection.ts";
import { whyUnusable } from "../cluster/check-connection.ts";
import { describeServer } from "../report/summary.ts";
import { clusterObjectsOn } from "./cluster-objects.ts";
import { reconcile } from "./reconcile.ts";
import { webhookPath } from "../../functions/contract/token.ts";
import { readSettings } from "../../functions/contract/settings.ts";
import { CERTIFICATES } from "./options.ts";
import type { CertificateOptions } from "./options.ts";
import { describeEnd, describeWritten } from "./report.ts";

/** Where the command writes to. */
export interface CommandOutput {
  readonly out: (line: string) => void;
  readonly problem: (line: string) => void;
}

// Signals are not handled: each write is complete, and the next run continues where this one ended.
const sleep: Sleep = async (milliseconds) => {
  await sleepFor(milliseconds);
};

/** `janitor certificates`, with the arguments after that word. Returns the exit code. */
export async function runCertificates(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  output: CommandOutput,
): Promise<number> {
  const parsed = readSettings(CERTIFICATES, argv, env);
  switch (parsed.kind) {
    case "print":
      output.out(parsed.text.trimEnd());
      return EXIT_DONE;
    case "invalid":
      for (const problem of parsed.problems) output.problem(problem);
      return EXIT_UNUSABLE;
    case "run":
      return await run(parsed.options, env, withoutTokens(output));
    default:
      return parsed satisfies never;
  }
}

/** The API server repeats the path in its messages, and more people can read logs than Secrets. */
export function withoutTokens({ out, problem }: CommandOutput): CommandOutput {
  return {
    out: (line) => out(hideToken(line)),
    problem: (line) => problem(hideToken(line)),
  };
}

const ANY_SECRET_PATH = new RegExp(webhookPath(String.raw`[\w-]+`), "g");

function hideToken(line: string): string {
  return line.replaceAll(ANY_SECRET_PATH, webhookPath("(hidden)"));
}

async function run(
  options: CertificateOptions,
  env: NodeJS.ProcessEnv,
  { out, problem }: CommandOutput,
): Promise<number> {
  try {
    const access = await loadKubeConfig(env, { context: options.context });
    const api = connectApiServer(
      access.config,
      `${CERTIFICATES_NAME}/${manifest.version}`,
      access.forgetCredentials,
    );
    await obtainCredentials(access);
    const end = await reconcile(
      {
        objects: clusterObjectsOn(api, options, sleep),
        sleep,
        onWritten: (action) => out(describeWritten(action, options)),
      },
      options,
      options,
      options.renew,
    );
    const lines = describeEnd(end, options);
    for (const line of lines.slice(0, -1)) out(line);
    out(`${lines.at(-1)}; on ${describeServer(access)}`);
    for (const line of end.failures) problem(line);
    return end.failures.length > 0 ? EXIT_FAILED : EXIT_DONE;
  } catch (error) {
    const unusable = whyUnusable(error);
    problem(unusable ?? whyFailed(error));
    return unusable === undefined ? EXIT_FAILED : EXIT_UNUSABLE;
  }
}

function whyFailed(error: unknown): string {
  return error instanceof ApiStatusError && error.status === 403
    ? `the account lacks a right: ${error.message}`
    : errorMessage(error);
}
