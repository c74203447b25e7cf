import type { KeyAndCertificate } from "./certificates.ts";

export type Credentials =
  { readonly token: string } | { readonly client: KeyAndCertificate };

/** The text of a kubeconfig with one cluster and one user. JSON is YAML, so every client reads it. */
export function kubeconfig(
  server: string,
  caPem: string,
  credentials: Credentials,
): string {
  const user =
    "token" in credentials
      ? { token: credentials.token }
      : {
          "client-certificate-data": base64(credentials.client.cert),
          "client-key-data": base64(credentials.client.key),
        };
  const name = "control-plane";
  return JSON.stringify(
    {
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        {
          name,
          cluster: { server, "certificate-authority-data": base64(caPem) },
        },
      ],
      users: [{ name, user }],
      contexts: [{ name, context: { cluster: name, user: name } }],
      "current-context": name,
    },
    undefined,
    2,
  );
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
