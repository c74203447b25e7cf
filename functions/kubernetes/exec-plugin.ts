import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isatty } from "node:tty";
import { errorMessage } from "../contract/error-message.ts";
import { KubeconfigError } from "./kubeconfig-files.ts";
import type { ExecEntry } from "./kubeconfig-files.ts";

const GROUP = "client.authentication.k8s.io";
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`];

/** What a plugin gives: a token, a client certificate in PEM, or both. */
export interface ExecCredential {
  readonly token?: string;
  readonly clientCertificateData?: string;
  readonly clientKeyData?: string;
}

/** A command that obtains credentials. */
export interface ExecPlugin {
  /** The credentials of the last run while they are good, else those of a new run. Concurrent callers share one run. */
  readonly credential: () => Promise<ExecCredential>;
  /** The API server rejected them: the next request runs the command again. */
  readonly forget: () => void;
}

/** The environment of the command. `cluster` is passed to it if it asks for the cluster. */
export interface ExecSurroundings {
  readonly env: NodeJS.ProcessEnv;
  readonly cluster: object;
  readonly isTerminal?: () => boolean;
  readonly now?: () => number;
}

/**
 * The plugin of user `name`: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 * @throws {KubeconfigError} when the entry cannot be run
 */
export function execPlugin(
  name: string,
  entry: ExecEntry,
  {
    env,
    cluster,
    isTerminal = () => isatty(0),
    now = Date.now,
  }: ExecSurroundings,
): ExecPlugin {
  const { apiVersion = "", args = [], command } = entry;
  const where = `user ${JSON.stringify(name)}: exec`;
  if (!command) throw new KubeconfigError(`${where}.command is missing`);
  if (!VERSIONS.includes(apiVersion))
    throw new KubeconfigError(
      `${where}.apiVersion must be ${VERSIONS.join(" or ")}, not ${JSON.stringify(apiVersion)}`,
    );
  if (entry.env?.some((one) => !one.name))
    throw new KubeconfigError(`${where}.env has an entry without a name`);
  const mode = interactiveMode(entry);
  if (!mode)
    throw new KubeconfigError(
      `${where}.interactiveMode must be Never, IfAvailable or Always, not ${JSON.stringify(entry.interactiveMode ?? "")}`,
    );

  let underWay: Promise<ExecCredential> | undefined;
  let good: { credential: ExecCredential; until: number } | undefined;

  async function run(): Promise<ExecCredential> {
    const interactive = mode !== "Never" && isTerminal();
    if (mode === "Always" && !interactive)
      throw new Error(
        `${where}: ${command} needs a terminal, and standard input is not one`,
      );
    const told = {
      kind: "ExecCredential",
      apiVersion,
      spec: { ...(entry.provideClusterInfo && { cluster }), interactive },
    };
    const child = spawn(command ?? "", [...args], {
      env: {
        ...env,
        ...Object.fromEntries(
          (entry.env ?? []).map((one) => [one.name, one.value ?? ""]),
        ),
        KUBERNETES_EXEC_INFO: JSON.stringify(told),
      },
      // Its standard error is for the person at the terminal, such as where to log in.
      stdio: [interactive ? "inherit" : "ignore", "pipe", "inherit"],
    });
    const hint = entry.installHint
      ? `; ${entry.installHint.replaceAll(/\s+/g, " ").trim()}`
      : "";
    const [stdout, [code]] = await Promise.all([
      text(child.stdout),
      once(child, "close") as Promise<[number | null]>,
    ]).catch((error: unknown) => {
      throw new Error(
        `${where}: cannot run ${command}: ${errorMessage(error)}${hint}`,
        { cause: error },
      );
    });
    if (code !== 0)
      throw new Error(
        `${where}: ${command} ${code === null ? "was ended by a signal" : `ended with exit code ${code}`}`,
      );
    const { credential, until } = readCredential(stdout, apiVersion, (what) => {
      throw new Error(`${where}: ${command} ${what}`);
    });
    good = { credential, until };
    return credential;
  }

  return {
    async credential() {
      if (good && now() <= good.until) return good.credential;
      return await (underWay ??= run().finally(() => {
        underWay = undefined;
      }));
    },
    forget() {
      good = undefined;
    },
  };
}

function interactiveMode({
  apiVersion,
  interactiveMode: mode,
}: ExecEntry): string | undefined {
  // v1beta1 has a default for this field, v1 does not.
  if (!mode)
    return apiVersion === `${GROUP}/v1beta1` ? "IfAvailable" : undefined;
  return ["Never", "IfAvailable", "Always"].find((one) => one === mode);
}

function readCredential(
  stdout: string,
  wanted: string,
  reject: (what: string) => never,
): { credential: ExecCredential; until: number } {
  let answer: {
    kind?: string;
    apiVersion?: string;
    status?: ExecCredential & { readonly expirationTimestamp?: string };
  };
  try {
    answer = JSON.parse(stdout) as typeof answer;
  } catch {
    return reject("printed no JSON");
  }
  if (answer?.kind !== "ExecCredential" || answer.apiVersion !== wanted)
    return reject(
      `printed ${answer?.apiVersion} ${answer?.kind} instead of ${wanted} ExecCredential`,
    );
  const {
    token,
    clientCertificateData,
    clientKeyData,
    expirationTimestamp: end,
  } = answer.status ?? {};
  if (!token && !clientCertificateData && !clientKeyData)
    return reject("printed neither a token nor a certificate with its key");
  if (!clientCertificateData !== !clientKeyData)
    return reject("printed a certificate or a key, but not both");
  const until = end === undefined ? Infinity : Date.parse(end);
  if (Number.isNaN(until))
    return reject(
      `printed expirationTimestamp ${JSON.stringify(end)}, which is not a time`,
    );
  return {
    credential: {
      ...(token && { token }),
      ...(clientCertificateData && { clientCertificateData }),
      ...(clientKeyData && { clientKeyData }),
    },
    until,
  };
}
