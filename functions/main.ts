import { createHandler } from "./admission/handler.ts";
import { claimsOn } from "./claim-api/claims.ts";
import { dataSourcesOn } from "./claim-api/data-sources.ts";
import { poolReaderOn } from "./hand-over/lists.ts";
import { poolsOn } from "./hand-over/pools.ts";
import {
  ApiUnreachableError,
  connectApiServer,
} from "./kubernetes/api-server.ts";
import type { ApiServer } from "./kubernetes/api-server.ts";
import { EXIT_DONE, EXIT_UNUSABLE } from "./contract/exit-codes.ts";
import { FUNCTION_NAME } from "./contract/keys.ts";
import { loadKubeConfig } from "./kubernetes/kube-config.ts";
import { loggedRequests } from "./http/logged-requests.ts";
import { CertificateError, listen } from "./http/listener.ts";
import { createLogger } from "./http/logger.ts";
import { errorMessage } from "./contract/error-message.ts";
import { createMetrics } from "./http/metrics.ts";
import { readSettings } from "./contract/settings.ts";
import { FUNCTION } from "./options.ts";
import { readinessOf } from "./http/readiness.ts";
import { followTokenFile } from "./http/token-file.ts";
import type { TokenFile } from "./http/token-file.ts";
import { createServer } from "./http/server.ts";

const parsed = readSettings(FUNCTION, process.argv.slice(2), process.env);
if (parsed.kind === "print") {
  process.stdout.write(parsed.text);
  process.exit(EXIT_DONE);
}
if (parsed.kind === "invalid") {
  for (const problem of parsed.problems)
    process.stderr.write(`stateful-deployments: ${problem}\n`);
  process.exit(EXIT_UNUSABLE);
}
const { options } = parsed;
const log = createLogger(options.logLevel, (line) =>
  process.stdout.write(line),
);

const api = loggedRequests(await apiServer(), log);
const apiReady = readinessOf(api);
// Starts the first check now: the first probe waits for its answer.
void apiReady();
/** Work that continues after an answer. The program waits for it before it exits. */
const afterAnswers = new Set<Promise<unknown>>();
const afterAnswer = (work: Promise<unknown>): void => {
  afterAnswers.add(work);
  void work.finally(() => afterAnswers.delete(work));
};
const handler = createHandler({
  claims: claimsOn(api),
  sources: dataSourcesOn(api),
  pools: poolsOn(api, poolReaderOn(api), { afterAnswer }),
  log,
  afterAnswer,
});
const { tokens: fixedTokens } = options;
const tokenFile = await tokensOfFile();
const tokens = tokenFile?.tokens ?? (fixedTokens && (() => fixedTokens));
const app = createServer({
  handler,
  ready: async () => tokenFile?.problem() ?? (await apiReady()),
  metrics: createMetrics(),
  log,
  ...(tokens && { tokens }),
});

try {
  const listener = await listen(app, options, log);
  log.info("listening", {
    port: listener.port,
    tls: options.certificateDirectory !== undefined,
    secretPath: tokens !== undefined,
    bootMs: Math.round(performance.now()),
  });
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      log.info("draining", { signal });
      void listener
        .drain()
        .then(() => Promise.all(afterAnswers))
        .then(() => {
          log.info("stopped");
          process.exit(EXIT_DONE);
        });
    });
  }
} catch (error) {
  const why = errorMessage(error);
  process.stderr.write(
    `stateful-deployments: ${error instanceof CertificateError ? why : `cannot listen on port ${options.port}: ${why}`}\n`,
  );
  process.exit(EXIT_UNUSABLE);
}

/** Never logs a token, only how many there are. */
async function tokensOfFile(): Promise<TokenFile | undefined> {
  if (options.tokenFile === undefined) return undefined;
  return await followTokenFile(
    options.tokenFile,
    (count) => log.info("secret path read", { accepted: count }),
    (error) => log.warn("the secret path cannot be read", { error }),
  );
}

/** Without credentials the function starts but is not ready, and its readiness probe gives the reason. */
async function apiServer(): Promise<ApiServer> {
  try {
    const { config, forgetCredentials } = await loadKubeConfig(process.env);
    return connectApiServer(config, FUNCTION_NAME, forgetCredentials);
  } catch (error) {
    const why = errorMessage(error);
    log.error("not ready", { error: why });
    return () => Promise.reject(new ApiUnreachableError(why));
  }
}
