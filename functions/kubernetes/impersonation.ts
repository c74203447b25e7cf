import { KubeconfigError } from "./kubeconfig-files.ts";
import type { UserEntry } from "./kubeconfig-files.ts";

/**
 * The headers by which an account acts as another: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 * No headers when the entry does not ask for it.
 * @throws {KubeconfigError} when it names groups, a uid or extras, but no user, which would leave the account as it is
 */
export function impersonationHeaders(
  name: string,
  entry: UserEntry,
): Record<string, string | readonly string[]> {
  const {
    as: user,
    "as-uid": uid,
    "as-groups": groups = [],
    "as-user-extra": extra = {},
  } = entry;
  if (!user) {
    if (uid || groups.length > 0 || Object.keys(extra).length > 0)
      throw new KubeconfigError(
        `user ${JSON.stringify(name)} has as-uid, as-groups or as-user-extra without as: name the user to act as`,
      );
    return {};
  }
  return {
    "Impersonate-User": headerValue(user),
    ...(uid && { "Impersonate-Uid": headerValue(uid) }),
    ...(groups.length > 0 && {
      "Impersonate-Group": groups.map(headerValue),
    }),
    ...Object.fromEntries(
      Object.entries(extra)
        .filter(([, values]) => values.length > 0)
        .map(([key, values]) => [
          `Impersonate-Extra-${headerName(key)}`,
          values.map(headerValue),
        ]),
    ),
  };
}

/**
 * A header's value as Go sends it, in UTF-8. Node sends each character as one byte.
 * @throws {KubeconfigError} for a text that a header cannot hold
 */
export function headerValue(text: string): string {
  if (/(?!\t)\p{Cc}/u.test(text))
    throw new KubeconfigError(
      "a token, user, group or extra holds a line end or another control character",
    );
  return Buffer.from(text, "utf8").toString("latin1");
}

/** A key such as `example.org/team`. The API server expects percent-encoding for characters that a header's name cannot hold. */
function headerName(key: string): string {
  return [...Buffer.from(key, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[-!#$&'*+.^_`|~\w]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}
