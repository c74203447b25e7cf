/** Who one is to the API server. `groups` and `extra` hold at least these. */
export interface Account {
  readonly user: string | RegExp;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * A kubeconfig, and who one is with it. `$server`, `$token` and so on stand for what the test has by that name. The first file of
 * `kubeconfig` is `aConfig` with the fields of this case, unless `files` has it.
 */
export interface KubeconfigCase extends ConfigFields {
  /** Who one is, or what the error says. */
  readonly is: Account | RegExp;
  /** Files by their path. A text is written as it is, an object as JSON, undefined not at all. */
  readonly files?: Readonly<Record<string, unknown>>;
  /** Paths for KUBECONFIG; `config` by default. */
  readonly kubeconfig?: readonly string[];
  readonly context?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Why kubectl does otherwise, where it does. */
  readonly kubectlDiffers?: string;
  /** Through which proxy it must go. */
  readonly proxy?: "http" | "socks";
}

interface ConfigFields {
  /** The only user, `$token` by default; null for none. */
  readonly user?: object | null;
  /** More fields of the only cluster, or others in place of its own. */
  readonly cluster?: object;
  /** More fields of the file, or others in place of its own. */
  readonly config?: object;
}

/** A kubeconfig of one cluster, user and context. */
export function aConfig({
  user = { token: "$token" },
  cluster,
  config,
}: ConfigFields): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: {
          server: "$server",
          "certificate-authority-data": "$ca",
          ...cluster,
        },
      },
    ],
    users: user ? [{ name: "u", user }] : [],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...config,
  };
}

const TOKEN = { token: "$token" };
const OTHER_TOKEN = { token: "$otherToken" };
const CERTIFICATE = {
  "client-certificate-data": "$cert",
  "client-key-data": "$key",
};
const NO_AUTHORITY = { "certificate-authority-data": undefined };
/** Only a proxy finds it. */
const FAR = { server: "$farServer", "tls-server-name": "localhost" };
const PLAIN = { server: "$plainServer", ...NO_AUTHORITY };
const NO_USER = {
  contexts: [{ name: "x", context: { cluster: "c" } }],
};
const BOTH = ["first", "second"];

const TOKEN_USER: Account = { user: "admin-token", groups: ["system:masters"] };
const OTHER_USER: Account = { user: "system:serviceaccount:default:default" };
const CERTIFICATE_USER: Account = {
  user: /^(?!admin-token)/,
  groups: ["system:masters"],
};

const V1 = "client.authentication.k8s.io/v1";
const V1BETA1 = `${V1}beta1`;

/** A user whose credentials the command `./plugin` prints. */
function exec(more: object = {}): object {
  return {
    exec: {
      apiVersion: V1,
      interactiveMode: "Never",
      command: "./plugin",
      ...more,
    },
  };
}

function printed(status: object, apiVersion: string): string {
  return JSON.stringify({ apiVersion, kind: "ExecCredential", status });
}

/** The command: a shell script, which runs `first` before it prints. */
function plugin(
  status: object,
  { first = "", apiVersion = V1 } = {},
): Readonly<Record<string, string>> {
  return {
    plugin: `#!/bin/sh\n${first}\ncat <<'END'\n${printed(status, apiVersion)}\nEND\n`,
  };
}

const PLUGIN_CERTIFICATE = plugin({
  clientCertificateData: "$jsonCert",
  clientKeyData: "$jsonKey",
});

function openIdConnect(idToken: string): object {
  return {
    "auth-provider": {
      name: "oidc",
      config: {
        "idp-issuer-url": "https://issuer.example.test",
        "client-id": "kubectl",
        "id-token": idToken,
      },
    },
  };
}

type Cases = Readonly<Record<string, KubeconfigCase>>;

const CREDENTIALS: Cases = {
  "a token": { is: TOKEN_USER },
  "a client certificate": { user: CERTIFICATE, is: CERTIFICATE_USER },
  "certificates, key and authority in files beside the kubeconfig": {
    user: {
      "client-certificate": "pki/client.crt",
      "client-key": "../client.key",
    },
    cluster: { ...NO_AUTHORITY, "certificate-authority": "./pki/ca.crt" },
    kubeconfig: ["dir/config"],
    files: {
      "dir/pki/client.crt": "$pemCert",
      "client.key": "$pemKey",
      "dir/pki/ca.crt": "$pemCa",
    },
    is: CERTIFICATE_USER,
  },
  "a certificate and somebody else's token": {
    user: { ...CERTIFICATE, ...OTHER_TOKEN },
    is: CERTIFICATE_USER,
  },
  "a token file beside the kubeconfig, with a line end": {
    user: { tokenFile: "token" },
    files: { token: "$token\n" },
    is: TOKEN_USER,
  },
  "a token file before a token": {
    user: { ...OTHER_TOKEN, tokenFile: "token" },
    files: { token: "$token" },
    is: TOKEN_USER,
  },
  "a token file that is missing": {
    user: { tokenFile: "token" },
    is: /cannot use the credentials: .*no such file/,
  },
  "a token file that is missing, and somebody else's token": {
    user: { ...OTHER_TOKEN, tokenFile: "token" },
    is: /cannot use the credentials: .*no such file/,
    kubectlDiffers: "it goes on with the token",
  },
  "an empty token file": {
    user: { tokenFile: "token" },
    files: { token: "\n" },
    is: /tokenFile .*token is empty/,
  },
  "a wrong token": { user: { token: "wrong" }, is: /Unauthorized/ },
  "a token with a line end in it": {
    user: { token: "one\ntwo" },
    is: /cannot use the credentials: a token.* holds a line end/,
  },
  "a username and password, which this API server does not know": {
    user: { username: "me", password: "secret" },
    is: /system:anonymous/,
  },
  "a token and a password": {
    user: { ...TOKEN, username: "me" },
    is: /user "u": has a token and a username or password/,
  },
  "a user entry with nothing in it": {
    user: {},
    is: /user "u" has no credentials/,
  },
  "a certificate without its key": {
    user: { "client-certificate-data": "$cert" },
    is: /client certificate without client-key/,
  },
  "a certificate twice": {
    user: { ...CERTIFICATE, "client-certificate": "client.crt" },
    files: { "client.crt": "$pemCert" },
    is: /has client-certificate and client-certificate-data/,
  },
  "a certificate with the key of another": {
    user: { ...CERTIFICATE, "client-certificate-data": "$ca" },
    is: /user "u": client certificate or key cannot be used: /,
  },
  "an auth provider that kubectl no longer supports": {
    user: { "auth-provider": { name: "gcp" } },
    is: /auth-provider "gcp" is not supported.*use an exec plugin/,
  },
  "OpenID Connect with a token that is valid": {
    user: openIdConnect("$otherToken"),
    is: OTHER_USER,
  },
  "OpenID Connect with a token that has expired": {
    user: openIdConnect(`e30.${btoa('{"exp":1}')}.e30`),
    is: /id-token has expired or is missing: run any kubectl command/,
  },
};

const FILES: Cases = {
  "YAML with anchors, nulls and yes for true": {
    files: {
      config: `
clusters:
- {name: c, cluster: {server: $server, certificate-authority-data: $ca, disable-compression: yes, proxy-url: null}}
users:
- name: base
  user: &base {token: wrong}
- name: u
  user:
    <<: *base
    token: $token
    exec:
contexts: [{name: x, context: {cluster: c, user: u, namespace: null}}]
current-context: x
`,
    },
    is: TOKEN_USER,
  },
  "a context whose user is missing": {
    user: null,
    is: /context "x" names user "u", which is not there/,
  },
  "a context without a user": {
    config: NO_USER,
    is: /context "x" names no user/,
  },
  "a context whose cluster is missing": {
    config: { clusters: [] },
    is: /context "x" names cluster "c", which is not there/,
  },
  "a current context that is missing": {
    config: { "current-context": "gone" },
    is: /has no context "gone"; of contexts there are "x"/,
  },
  "no current context": {
    config: { "current-context": "" },
    is: /has no current context; of contexts there are "x"/,
  },
  "no current context, and --context": {
    config: { "current-context": "" },
    context: "x",
    is: TOKEN_USER,
  },
  "two entries of one name in a file": {
    config: {
      users: [TOKEN, OTHER_TOKEN].map((user) => ({ name: "u", user })),
    },
    is: /users has two entries named "u"/,
  },
  "a token that is a number": {
    user: { token: 12345 },
    is: /users.0.user.token must be string/,
  },
  "a file of another kind": {
    config: { kind: "Secret" },
    is: /kind must be "Config"/,
  },
  "a name that two files have: the first file's entry": {
    kubeconfig: BOTH,
    files: { second: aConfig({ user: OTHER_TOKEN }) },
    is: TOKEN_USER,
  },
  "a name that two files have: the entries are never mixed": {
    user: {},
    kubeconfig: BOTH,
    files: { second: aConfig({}) },
    is: /user "u" has no credentials/,
  },
  "the first current context, whose cluster is in a later file": {
    kubeconfig: [...BOTH, "third"],
    files: {
      first: { users: [{ name: "u", user: TOKEN }] },
      second: aConfig({ user: null }),
      third: aConfig({
        user: OTHER_TOKEN,
        config: {
          contexts: [{ name: "z", context: { cluster: "c", user: "u" } }],
          "current-context": "z",
        },
      }),
    },
    is: TOKEN_USER,
  },
  "a --context of a later file": {
    kubeconfig: BOTH,
    files: {
      second: {
        users: [{ name: "v", user: OTHER_TOKEN }],
        contexts: [{ name: "y", context: { cluster: "c", user: "v" } }],
        "current-context": "y",
      },
    },
    context: "y",
    is: OTHER_USER,
  },
  "files of which some are missing or empty, and one comes twice": {
    kubeconfig: ["missing", "empty", "config", "config"],
    files: { missing: undefined, empty: "", config: aConfig({}) },
    is: TOKEN_USER,
  },
  "files that are all missing": {
    kubeconfig: BOTH,
    files: { first: undefined },
    is: /KUBECONFIG names no existing file/,
  },
  "a second file that cannot be read": {
    kubeconfig: BOTH,
    files: { second: "users: [" },
    is: /cannot read .*second: /,
  },
  "a first file below what is no directory, and a second file that would do": {
    kubeconfig: ["first/below", "second"],
    files: {
      "first/below": undefined,
      first: aConfig({ user: OTHER_TOKEN }),
      second: aConfig({}),
    },
    is: /cannot read .*first.below: .*not a directory/,
  },
  "relative paths of two files in two directories": {
    cluster: { ...NO_AUTHORITY, "certificate-authority": "ca.crt" },
    kubeconfig: ["one/config", "two/config"],
    files: {
      "one/ca.crt": "$pemCa",
      "one/token": "$otherToken",
      "two/config": { users: [{ name: "u", user: { tokenFile: "token" } }] },
      "two/token": "$token",
    },
    is: TOKEN_USER,
  },
};

const IMPERSONATION: Cases = {
  "to act as somebody else": {
    user: { ...TOKEN, as: "jane" },
    is: { user: "jane", groups: ["system:authenticated"] },
  },
  "to act as somebody with a uid, groups and extras": {
    user: {
      ...TOKEN,
      as: "jané",
      "as-uid": "u-1",
      "as-groups": ["system:masters", "größe"],
      "as-user-extra": {
        "example.org/Team": ["a", "b"],
        "with space%": ["c"],
        none: [],
      },
    },
    is: {
      user: "jané",
      groups: ["system:masters", "größe"],
      extra: { "example.org/team": ["a", "b"], "with space%": ["c"] },
    },
  },
  "groups without a user to act as": {
    user: { ...TOKEN, "as-groups": ["system:masters"] },
    is: /user "u" has as-uid, as-groups or as-user-extra without as/,
  },
  "to act as somebody without credentials of one's own": {
    user: { as: "jane" },
    is: /user "u" has no credentials/,
  },
};

/** Ends with an error unless KUBERNETES_EXEC_INFO has all of it. */
const KNOWS_CLUSTER = `for part in '"interactive":false' '"server":"$server"' '"certificate-authority-data":"$ca"' '"config":{"audience":"here"}' '"kind":"ExecCredential"' '"apiVersion":"${V1}"'; do
  case "$KUBERNETES_EXEC_INFO" in *"$part"*) ;; *) exit 7;; esac
done`;

const EXEC_PLUGINS: Cases = {
  "an exec plugin beside the kubeconfig": {
    user: exec({ command: "../plugin" }),
    kubeconfig: ["dir/config"],
    files: plugin(TOKEN),
    is: TOKEN_USER,
  },
  "an exec plugin that is found in PATH": {
    user: exec({
      command: "sh",
      args: ["-c", 'printf "%s" "$PRINTED"'],
      env: [{ name: "PRINTED", value: printed(TOKEN, V1) }],
    }),
    is: TOKEN_USER,
  },
  "an exec plugin in the working directory, by its name alone": {
    user: exec({ command: "plugin" }),
    files: plugin(TOKEN),
    is: /exec: cannot run plugin: .*ENOENT/,
  },
  "an exec plugin that prints a certificate": {
    user: exec(),
    files: PLUGIN_CERTIFICATE,
    is: CERTIFICATE_USER,
  },
  "an exec plugin that asks for the cluster, without a terminal": {
    user: exec({ provideClusterInfo: true }),
    cluster: {
      extensions: [
        {
          name: "client.authentication.k8s.io/exec",
          extension: { audience: "here" },
        },
      ],
    },
    files: plugin(TOKEN, { first: KNOWS_CLUSTER }),
    is: TOKEN_USER,
  },
  "an exec plugin that does not ask for the cluster": {
    user: exec(),
    files: plugin(TOKEN, {
      first: 'case "$KUBERNETES_EXEC_INFO" in *server*) exit 7;; esac',
    }),
    is: TOKEN_USER,
  },
  "an exec plugin of v1beta1, whose mode has a default": {
    user: exec({ apiVersion: V1BETA1, interactiveMode: undefined }),
    files: plugin(TOKEN, { apiVersion: V1BETA1 }),
    is: TOKEN_USER,
  },
  "an exec plugin of v1 without a mode": {
    user: exec({ interactiveMode: undefined }),
    files: plugin(TOKEN),
    is: /exec.interactiveMode must be Never, IfAvailable or Always/,
  },
  "an exec plugin that needs a terminal, without one": {
    user: exec({ interactiveMode: "Always" }),
    files: plugin(TOKEN),
    is: /needs a terminal, and standard input is none/,
  },
  "an exec plugin of a version that is gone": {
    user: exec({ apiVersion: `${V1}alpha1` }),
    files: plugin(TOKEN),
    is: /exec.apiVersion must be .*v1 or .*v1beta1, not .*v1alpha1/,
  },
  "an exec plugin that prints another version": {
    user: exec(),
    files: plugin(TOKEN, { apiVersion: V1BETA1 }),
    is: /printed client.authentication.k8s.io\/v1beta1 ExecCredential/,
  },
  "an exec plugin that fails": {
    user: exec(),
    files: plugin(TOKEN, { first: "exit 3" }),
    is: /plugin ended with exit code 3/,
  },
  "an exec plugin that prints no credentials": {
    user: exec(),
    files: plugin({}),
    is: /printed neither a token nor a certificate/,
  },
  "an exec plugin that is not needed: there is a token": {
    user: { ...TOKEN, ...exec() },
    files: plugin(OTHER_TOKEN),
    is: TOKEN_USER,
  },
  "an exec plugin that is not needed: there is a certificate": {
    user: { ...CERTIFICATE, ...exec() },
    files: plugin(OTHER_TOKEN),
    is: CERTIFICATE_USER,
  },
  "an exec plugin without a command": {
    user: exec({ command: "" }),
    is: /exec.command is missing/,
  },
};

const CLUSTERS: Cases = {
  "no authority for a server that the machine does not trust": {
    cluster: NO_AUTHORITY,
    is: /certificate/,
  },
  "an authority that is no certificate": {
    cluster: { "certificate-authority-data": "bm90aGluZw==" },
    is: /certificate-authority-data cannot be used: it holds no certif/,
  },
  "an authority that is no base64": {
    cluster: { "certificate-authority-data": "?" },
    is: /certificate-authority-data must be base64/,
  },
  "an authority twice": {
    cluster: { "certificate-authority": "ca.crt" },
    files: { "ca.crt": "$pemCa" },
    is: /has certificate-authority and certificate-authority-data/,
  },
  "insecure-skip-tls-verify": {
    cluster: { ...NO_AUTHORITY, "insecure-skip-tls-verify": true },
    is: TOKEN_USER,
  },
  "insecure-skip-tls-verify and an authority": {
    cluster: { "insecure-skip-tls-verify": true },
    is: /has insecure-skip-tls-verify and a certificate authority/,
  },
  "a server name that the certificate has": {
    cluster: { "tls-server-name": "kubernetes.default.svc" },
    is: TOKEN_USER,
  },
  "a server name that the certificate does not have": {
    cluster: { "tls-server-name": "somebody.else" },
    is: /somebody\.else/,
  },
  "a server name that is an address": {
    cluster: { "tls-server-name": "127.0.0.1" },
    is: /tls-server-name is an address, which is not supported/,
    kubectlDiffers: "Go takes addresses",
  },
  "a server with credentials in its URL": {
    cluster: { server: "https://me:secret@$host" },
    is: /cluster "c": server holds credentials: they belong into the user/,
  },
  "a server with a slash at its end": {
    cluster: { server: "$server/" },
    is: TOKEN_USER,
  },
  "a server of http and no user, as for `kubectl proxy`": {
    user: null,
    cluster: PLAIN,
    config: NO_USER,
    is: CERTIFICATE_USER,
  },
  "a server of http, and somebody to act as": {
    user: { as: "jane" },
    cluster: PLAIN,
    is: { user: "jane" },
  },
  "credentials for a server of http": {
    cluster: { server: "http://$host" },
    is: /cluster "c" is reached by http, by which no credentials are sent/,
  },
};

const PROXIES: Cases = {
  "a proxy of the cluster entry": {
    cluster: { "proxy-url": "$httpProxy" },
    proxy: "http",
    is: TOKEN_USER,
  },
  "a certificate of an exec plugin through a proxy that looks up the server": {
    user: exec(),
    cluster: { ...FAR, "proxy-url": "$httpProxy" },
    files: PLUGIN_CERTIFICATE,
    proxy: "http",
    is: CERTIFICATE_USER,
  },
  "a SOCKS proxy that looks up the server": {
    cluster: { ...FAR, "proxy-url": "$socksProxy" },
    proxy: "socks",
    is: TOKEN_USER,
  },
  "a proxy of the environment": {
    cluster: FAR,
    env: { HTTPS_PROXY: "$httpProxy" },
    proxy: "http",
    is: TOKEN_USER,
  },
  "a proxy of the environment, which NO_PROXY turns off": {
    cluster: FAR,
    env: {
      HTTPS_PROXY: "$httpProxy",
      NO_PROXY: "10.0.0.0/8,.example.test",
    },
    is: /api\.example\.test/,
  },
  "a proxy of the cluster entry rather than the environment's": {
    cluster: { ...FAR, "proxy-url": "$socksProxy" },
    env: { HTTPS_PROXY: "$httpProxy", NO_PROXY: "*" },
    proxy: "socks",
    is: TOKEN_USER,
  },
  "a proxy that is reached by https": {
    cluster: { "proxy-url": "https://me:secret@127.0.0.1:1" },
    is: /cluster "c": a proxy that is reached by https is not supported/,
  },
  "a proxy of another kind": {
    cluster: { "proxy-url": "socks4://127.0.0.1:1" },
    is: /cluster "c": its proxy is not a URL such as/,
  },
  "a proxy before a server of http": {
    user: null,
    cluster: { ...PLAIN, "proxy-url": "$socksProxy" },
    config: NO_USER,
    is: /a proxy before a server of http is not supported/,
  },
};

export const KUBECONFIG_CASES: Cases = {
  ...CREDENTIALS,
  ...FILES,
  ...IMPERSONATION,
  ...EXEC_PLUGINS,
  ...CLUSTERS,
  ...PROXIES,
};
