const TEXT = { type: "string" };

/** As the API encodes bytes; line breaks are allowed, as in Go. */
const BYTES = {
  type: "string",
  pattern: "^[A-Za-z0-9+/\\r\\n]*={0,2}[\\r\\n]*$",
};

/** `[{ name, [what]: value }]`: the lists of a kubeconfig. */
const named = (what: string, value: object) => ({
  type: "array",
  items: {
    type: "object",
    required: ["name"],
    properties: { name: { type: "string", minLength: 1 }, [what]: value },
  },
});

const cluster = {
  type: "object",
  properties: {
    server: TEXT,
    "tls-server-name": TEXT,
    "insecure-skip-tls-verify": { type: "boolean" },
    "certificate-authority": TEXT,
    "certificate-authority-data": BYTES,
    "proxy-url": TEXT,
    "disable-compression": { type: "boolean" },
    extensions: named("extension", {}),
  },
};

const exec = {
  type: "object",
  properties: {
    command: TEXT,
    args: { type: "array", items: TEXT },
    env: {
      type: "array",
      items: { type: "object", properties: { name: TEXT, value: TEXT } },
    },
    apiVersion: TEXT,
    installHint: TEXT,
    provideClusterInfo: { type: "boolean" },
    interactiveMode: TEXT,
  },
};

const user = {
  type: "object",
  properties: {
    "client-certificate": TEXT,
    "client-certificate-data": BYTES,
    "client-key": TEXT,
    "client-key-data": BYTES,
    token: TEXT,
    tokenFile: TEXT,
    as: TEXT,
    "as-uid": TEXT,
    "as-groups": { type: "array", items: TEXT },
    "as-user-extra": {
      type: "object",
      additionalProperties: { type: "array", items: TEXT },
    },
    username: TEXT,
    password: TEXT,
    "auth-provider": {
      type: "object",
      properties: {
        name: TEXT,
        config: { type: "object", additionalProperties: TEXT },
      },
    },
    exec,
  },
};

/**
 * One file of a kubeconfig, without its nulls. It has only the fields that name the server and the user. kubectl ignores
 * unknown fields: https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export const kubeconfigSchema = {
  $id: "Kubeconfig",
  type: "object",
  properties: {
    kind: { const: "Config" },
    apiVersion: { const: "v1" },
    clusters: named("cluster", cluster),
    users: named("user", user),
    contexts: named("context", {
      type: "object",
      properties: { cluster: TEXT, user: TEXT },
    }),
    "current-context": TEXT,
  },
};
