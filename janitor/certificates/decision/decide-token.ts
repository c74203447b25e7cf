import type { Installation, Renewable, RenewalPolicy } from "./installation.ts";
import type { Action, Waiting } from "./action.ts";

/** The token for the webhook's path, and when the path changes to the next one. */
export function wantedToken(
  installation: Installation,
  { settleTimeMs }: RenewalPolicy,
): {
  readonly token: string | undefined;
  readonly waiting: Waiting | undefined;
} {
  const { now, tokens } = installation;
  if (tokens.kind !== "usable") return { token: undefined, waiting: undefined };
  const current = tokenInPath(installation);
  const last = tokens.value.at(-1);
  // The function already rejects a path with another token: change it at once to a token that every Pod accepts.
  if (current === undefined || !tokens.value.includes(current))
    return { token: tokens.value[0], waiting: undefined };
  const until = tokens.writtenAt + settleTimeMs;
  return current === last || now >= until
    ? { token: last, waiting: undefined }
    : {
        token: current,
        waiting: {
          what: "the webhook's path gets the new token",
          until,
        },
      };
}

/** Creates a token, or removes one that is no longer used, if that is due. */
export function nextTokens(
  installation: Installation,
  { settleTimeMs, tokenValidityMs }: RenewalPolicy,
  requested: ReadonlySet<Renewable>,
): { readonly action?: Action; readonly waiting?: Waiting } {
  const { now, tokens, webhook } = installation;
  const current = tokenInPath(installation);
  if (tokens.kind !== "usable") {
    const why =
      tokens.kind === "broken" ? `the old one ${tokens.why}` : "the first";
    // Pods of the function may still accept the token in the path: keep it.
    return {
      action:
        current === undefined
          ? write([], true, why)
          : write([current], false, `${why}; it comes from the webhook's path`),
    };
  }
  const last = tokens.value.at(-1) ?? "";
  if (tokens.value.length > 1) {
    if (current !== last || !webhook) return {}; // the path comes first
    const until = webhook.writtenAt + settleTimeMs;
    return now >= until
      ? { action: write([last], false, "the old one is not in use any more") }
      : { waiting: { what: "the old token is removed", until } };
  }
  if (current !== last) return {};
  if (requested.has("token"))
    return { action: write([last], true, "as requested") };
  return tokenValidityMs > 0 && now - tokens.writtenAt >= tokenValidityMs
    ? {
        action: write(
          [last],
          true,
          `the old one is of ${new Date(tokens.writtenAt).toISOString().slice(0, 10)}`,
        ),
      }
    : {};
}

/** The token that all webhooks of the configuration have in their path. */
function tokenInPath({ webhook }: Installation): string | undefined {
  const [first, ...others] = webhook?.webhooks ?? [];
  return others.every(({ token }) => token === first?.token)
    ? first?.token
    : undefined;
}

function write(keep: readonly string[], add: boolean, why: string): Action {
  return { kind: "write-tokens", keep, add, why };
}
