/** What the kubeconfigs of the table are made of. */
export interface KubeconfigWorld {
  /** `https://127.0.0.1:<port>` */
  readonly server: string;
  /** The same server under a name that no resolver knows, for proxies. */
  readonly farServer: string;
  /** PEM, base64. */
  readonly ca: string;
  /** PEM, base64, of an administrator called `admin` or so. */
  readonly cert: string;
  readonly key: string;
  /** A bearer token of another administrator. */
  readonly token: string;
  /** A bearer token of ServiceAccount default/default. */
  readonly otherToken: string;
  /** `http://127.0.0.1:<port>` of `kubectl proxy`, which adds an administrator's certificate. */
  readonly plainServer: string;
  readonly httpProxy: string;
  readonly socksProxy: string;
}

/** Who one is. `groups` and `extra` hold at least these. */
export interface Somebody {
  readonly user: string | RegExp;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** A kubeconfig, and who one is with it. */
export interface KubeconfigCase {
  readonly name: string;
  /** Contents by file name, relative to a directory of the case's own. Text is written as it is, all else as JSON. */
  readonly files: (world: KubeconfigWorld) => Readonly<Record<string, unknown>>;
  /** Names of files for KUBECONFIG; `config` unless given. */
  readonly kubeconfig?: readonly string[];
  readonly context?: string;
  readonly env?: (world: KubeconfigWorld) => Readonly<Record<string, string>>;
  /** Who one is, or what our refusal says. */
  readonly expected: Somebody | RegExp;
  /** Why kubectl does otherwise, where it does. */
  readonly kubectlDiffers?: string;
  /** Through which proxy it must have gone. */
  readonly proxy?: "http" | "socks";
}

const TOKEN_USER: Somebody = {
  user: "admin-token",
  groups: ["system:masters"],
};
const OTHER_USER: Somebody = { user: "system:serviceaccount:default:default" };
const CERTIFICATE_USER: Somebody = {
  user: /^(?!admin-token)/,
  groups: ["system:masters"],
};

/** A kubeconfig of one cluster, user and context; what is given replaces or adds to it. */
function config(
  { server, ca }: KubeconfigWorld,
  user: object | undefined,
  {
    cluster = {},
    ...more
  }: { cluster?: object } & Record<string, unknown> = {},
): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: { server, "certificate-authority-data": ca, ...cluster },
      },
    ],
    users: user === undefined ? [] : [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
    ...more,
  };
}

function plainConfig({ plainServer }: KubeconfigWorld): object {
  return {
    clusters: [{ name: "c", cluster: { server: plainServer } }],
    contexts: [{ name: "x", context: { cluster: "c" } }],
    "current-context": "x",
  };
}

/** A shell script that prints what an exec plugin prints, with this status; `before` runs first. */
function plugin(status: object, before = ""): string {
  const printed = { apiVersion: V1, kind: "ExecCredential", status };
  return `#!/bin/sh\n${before}\ncat <<'END'\n${JSON.stringify(printed)}\nEND\n`;
}

const V1 = "client.authentication.k8s.io/v1";
const exec = (more: object = {}): object => ({
  exec: {
    apiVersion: V1,
    interactiveMode: "Never",
    command: "./plugin",
    ...more,
  },
});

const pem = (base64: string): string =>
  Buffer.from(base64, "base64").toString("utf8");

const openIdConnect = (more: object): object => ({
  "auth-provider": {
    name: "oidc",
    config: {
      "idp-issuer-url": "https://issuer.example.test",
      "client-id": "kubectl",
      ...more,
    },
  },
});

const MERGED = ["first", "second"];

/** The table: single files, several files, each kind of credentials, impersonation, TLS and proxies. */
export const KUBECONFIG_CASES: readonly KubeconfigCase[] = [
  {
    name: "a token",
    files: (world) => ({ config: config(world, { token: world.token }) }),
    expected: TOKEN_USER,
  },
  {
    name: "YAML with anchors, nulls and yes for true",
    files: ({ ca, server, token }) => ({
      config: `
clusters:
- {name: c, cluster: {server: ${server}, certificate-authority-data: ${ca}, disable-compression: yes, proxy-url: null}}
users:
- name: base
  user: &base {token: wrong}
- name: u
  user:
    <<: *base
    token: ${token}
    exec:
contexts: [{name: x, context: {cluster: c, user: u, namespace: null}}]
current-context: x
`,
    }),
    expected: TOKEN_USER,
  },
  {
    name: "a client certificate",
    files: (world) => ({
      config: config(world, {
        "client-certificate-data": world.cert,
        "client-key-data": world.key,
      }),
    }),
    expected: CERTIFICATE_USER,
  },
  {
    name: "certificates, key and authority in files beside the kubeconfig",
    files: (world) => ({
      "dir/config": config(
        world,
        {
          "client-certificate": "pki/client.crt",
          "client-key": "../client.key",
        },
        {
          cluster: {
            "certificate-authority-data": undefined,
            "certificate-authority": "./pki/ca.crt",
          },
        },
      ),
      "dir/pki/client.crt": pem(world.cert),
      "client.key": pem(world.key),
      "dir/pki/ca.crt": pem(world.ca),
    }),
    kubeconfig: ["dir/config"],
    expected: CERTIFICATE_USER,
  },
  {
    name: "a certificate and somebody else's token",
    files: (world) => ({
      config: config(world, {
        "client-certificate-data": world.cert,
        "client-key-data": world.key,
        token: world.otherToken,
      }),
    }),
    expected: CERTIFICATE_USER,
  },
  {
    name: "a token file beside the kubeconfig, with a line end",
    files: (world) => ({
      config: config(world, { tokenFile: "token" }),
      token: `${world.token}\n`,
    }),
    expected: TOKEN_USER,
  },
  {
    name: "a token file before a token",
    files: (world) => ({
      config: config(world, { token: world.otherToken, tokenFile: "token" }),
      token: world.token,
    }),
    expected: TOKEN_USER,
  },
  {
    name: "a token file that is not there",
    files: (world) => ({ config: config(world, { tokenFile: "token" }) }),
    expected: /cannot use the credentials: .*no such file/,
  },
  {
    name: "a token file that is not there, and somebody else's token",
    files: (world) => ({
      config: config(world, { token: world.otherToken, tokenFile: "token" }),
    }),
    expected: /cannot use the credentials: .*no such file/,
    kubectlDiffers: "it goes on with the token",
  },
  {
    name: "an empty token file",
    files: (world) => ({
      config: config(world, { tokenFile: "token" }),
      token: "\n",
    }),
    expected: /tokenFile .*token is empty/,
  },
  {
    name: "a wrong token",
    files: (world) => ({ config: config(world, { token: "wrong" }) }),
    expected: /Unauthorized/,
  },
  {
    name: "a token with a line end in it",
    files: (world) => ({ config: config(world, { token: "one\ntwo" }) }),
    expected: /cannot use the credentials: a token.* holds a line end/,
  },
  {
    name: "a username and password, which this API server does not know",
    files: (world) => ({
      config: config(world, { username: "me", password: "secret" }),
    }),
    expected: /system:anonymous/,
  },
  {
    name: "a token and a password",
    files: (world) => ({
      config: config(world, { token: world.token, username: "me" }),
    }),
    expected: /user "u": has a token and a username or password/,
  },
  {
    name: "a user entry with nothing in it",
    files: (world) => ({ config: config(world, {}) }),
    expected: /user "u" has no credentials/,
  },
  {
    name: "a user entry with a key alone",
    files: (world) => ({
      config: config(world, { "client-key-data": world.key }),
    }),
    expected: /user "u" has no credentials/,
  },
  {
    name: "a certificate without its key",
    files: (world) => ({
      config: config(world, { "client-certificate-data": world.cert }),
    }),
    expected: /client certificate without client-key/,
  },
  {
    name: "a certificate twice",
    files: (world) => ({
      config: config(world, {
        "client-certificate-data": world.cert,
        "client-certificate": "client.crt",
        "client-key-data": world.key,
      }),
      "client.crt": pem(world.cert),
    }),
    expected: /has client-certificate and client-certificate-data/,
  },
  {
    name: "a certificate with the key of another",
    files: (world) => ({
      config: config(world, {
        "client-certificate-data": world.ca,
        "client-key-data": world.key,
      }),
    }),
    expected: /user "u": client certificate or key cannot be used: /,
  },
  {
    name: "a context whose user is not there",
    files: (world) => ({ config: config(world, undefined) }),
    expected: /context "x" names user "u", which is not there/,
  },
  {
    name: "a context without a user",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { contexts: [{ name: "x", context: { cluster: "c" } }] },
      ),
    }),
    expected: /context "x" names no user/,
  },
  {
    name: "a context whose cluster is not there",
    files: (world) => ({
      config: config(world, { token: world.token }, { clusters: [] }),
    }),
    expected: /context "x" names cluster "c", which is not there/,
  },
  {
    name: "a current context that is not there",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { "current-context": "gone" },
      ),
    }),
    expected: /has no context "gone"; of contexts there are "x"/,
  },
  {
    name: "no current context",
    files: (world) => ({
      config: config(world, { token: world.token }, { "current-context": "" }),
    }),
    expected: /has no current context; of contexts there are "x"/,
  },
  {
    name: "no current context, and one that is asked for",
    files: (world) => ({
      config: config(world, { token: world.token }, { "current-context": "" }),
    }),
    context: "x",
    expected: TOKEN_USER,
  },
  {
    name: "a context that is asked for and not there",
    files: (world) => ({ config: config(world, { token: world.token }) }),
    context: "y",
    expected: /has no context "y"; of contexts there are "x"/,
  },
  {
    name: "two entries of one name in a file",
    files: (world) => ({
      config: config(world, undefined, {
        users: [world.token, world.otherToken].map((token) => ({
          name: "u",
          user: { token },
        })),
      }),
    }),
    expected: /users has two entries named "u"/,
  },
  {
    name: "a token that is a number",
    files: (world) => ({ config: config(world, { token: 12345 }) }),
    expected: /users.0.user.token must be string/,
  },
  {
    name: "a file of another kind",
    files: (world) => ({
      config: config(world, { token: world.token }, { kind: "Secret" }),
    }),
    expected: /kind must be "Config"/,
  },
  {
    name: "the first file's entry of a name that two files have",
    files: (world) => ({
      first: config(world, { token: world.token }),
      second: config(world, { token: world.otherToken }),
    }),
    kubeconfig: MERGED,
    expected: TOKEN_USER,
  },
  {
    name: "entries that are never mixed: the first file's has no token",
    files: (world) => ({
      first: config(world, {}),
      second: config(world, { token: world.token }),
    }),
    kubeconfig: MERGED,
    expected: /user "u" has no credentials/,
  },
  {
    name: "the first current context, which a later file explains",
    files: (world) => ({
      first: { users: [{ name: "u", user: { token: world.token } }] },
      second: config(world, undefined, { "current-context": "x" }),
      third: config(
        world,
        { token: world.otherToken },
        {
          contexts: [{ name: "z", context: { cluster: "c", user: "u" } }],
          "current-context": "z",
        },
      ),
    }),
    kubeconfig: ["first", "second", "third"],
    expected: TOKEN_USER,
  },
  {
    name: "a context of a later file, by its name",
    files: (world) => ({
      first: config(world, { token: world.token }),
      second: {
        users: [{ name: "v", user: { token: world.otherToken } }],
        contexts: [{ name: "y", context: { cluster: "c", user: "v" } }],
        "current-context": "y",
      },
    }),
    kubeconfig: MERGED,
    context: "y",
    expected: OTHER_USER,
  },
  {
    name: "files of which some are missing or empty, and one comes twice",
    files: (world) => ({
      empty: "",
      config: config(world, { token: world.token }),
    }),
    kubeconfig: ["missing", "empty", "config", "config"],
    expected: TOKEN_USER,
  },
  {
    name: "files that are all missing",
    files: () => ({}),
    kubeconfig: MERGED,
    expected: /KUBECONFIG names no existing file/,
  },
  {
    name: "a second file that cannot be read",
    files: (world) => ({
      first: config(world, { token: world.token }),
      second: "users: [",
    }),
    kubeconfig: MERGED,
    expected: /cannot read .*second: /,
  },
  {
    name: "a first file below what is no directory, and a second file that would do",
    files: (world) => ({
      first: config(world, { token: world.otherToken }),
      second: config(world, { token: world.token }),
    }),
    kubeconfig: ["first/below", "second"],
    expected: /cannot read .*first.below: .*not a directory/,
  },
  {
    name: "relative paths of two files in two directories",
    files: (world) => ({
      "one/config": {
        ...config(world, undefined),
        clusters: [
          {
            name: "c",
            cluster: {
              server: world.server,
              "certificate-authority": "ca.crt",
            },
          },
        ],
      },
      "one/ca.crt": pem(world.ca),
      "one/token": world.otherToken,
      "two/config": { users: [{ name: "u", user: { tokenFile: "token" } }] },
      "two/token": world.token,
    }),
    kubeconfig: ["one/config", "two/config"],
    expected: TOKEN_USER,
  },
  {
    name: "to act as somebody else",
    files: (world) => ({
      config: config(world, { token: world.token, as: "jane" }),
    }),
    expected: { user: "jane", groups: ["system:authenticated"] },
  },
  {
    name: "to act as somebody with a uid, groups and extras",
    files: (world) => ({
      config: config(world, {
        token: world.token,
        as: "jané",
        "as-uid": "u-1",
        "as-groups": ["system:masters", "größe"],
        "as-user-extra": {
          "example.org/Team": ["a", "b"],
          "with space%": ["c"],
          none: [],
        },
      }),
    }),
    expected: {
      user: "jané",
      groups: ["system:masters", "größe"],
      extra: { "example.org/team": ["a", "b"], "with space%": ["c"] },
    },
  },
  {
    name: "groups without a user to act as",
    files: (world) => ({
      config: config(world, {
        token: world.token,
        "as-groups": ["system:masters"],
      }),
    }),
    expected: /user "u" has as-uid, as-groups or as-user-extra without as/,
  },
  {
    name: "to act as somebody without credentials of one's own",
    files: (world) => ({ config: config(world, { as: "jane" }) }),
    expected: /user "u" has no credentials/,
  },
  {
    name: "an exec plugin beside the kubeconfig",
    files: (world) => ({
      "dir/config": config(world, exec()),
      "dir/plugin": plugin({ token: world.token }),
    }),
    kubeconfig: ["dir/config"],
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin that is looked for in PATH",
    files: (world) => ({
      config: config(
        world,
        exec({
          command: "sh",
          args: ["-c", 'printf "%s" "$PRINTED"'],
          env: [
            {
              name: "PRINTED",
              value: JSON.stringify({
                apiVersion: V1,
                kind: "ExecCredential",
                status: { token: world.token },
              }),
            },
          ],
        }),
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin in the working directory, by its name alone",
    files: (world) => ({
      config: config(world, exec({ command: "plugin" })),
      plugin: plugin({ token: world.token }),
    }),
    expected: /exec: cannot run plugin: .*ENOENT/,
  },
  {
    name: "an exec plugin that gives a certificate",
    files: (world) => ({
      config: config(world, exec()),
      plugin: plugin({
        clientCertificateData: pem(world.cert),
        clientKeyData: pem(world.key),
      }),
    }),
    expected: CERTIFICATE_USER,
  },
  {
    name: "an exec plugin that is told of the cluster, and that nobody can answer",
    files: (world) => ({
      config: config(world, exec({ provideClusterInfo: true }), {
        cluster: {
          extensions: [
            {
              name: "client.authentication.k8s.io/exec",
              extension: { audience: "here" },
            },
          ],
        },
      }),
      plugin: plugin(
        { token: world.token },
        `for part in '"interactive":false' '"server":"${world.server}"' '"certificate-authority-data":"${world.ca}"' '"config":{"audience":"here"}' '"kind":"ExecCredential"' '"apiVersion":"${V1}"'; do
  case "$KUBERNETES_EXEC_INFO" in *"$part"*) ;; *) exit 7;; esac
done`,
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin that is not told of the cluster",
    files: (world) => ({
      config: config(world, exec()),
      plugin: plugin(
        { token: world.token },
        'case "$KUBERNETES_EXEC_INFO" in *server*) exit 7;; esac',
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin of v1beta1, whose mode has a default",
    files: (world) => {
      const apiVersion = "client.authentication.k8s.io/v1beta1";
      return {
        config: config(world, exec({ apiVersion, interactiveMode: undefined })),
        plugin: plugin({ token: world.token }).replaceAll(V1, apiVersion),
      };
    },
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin of v1 without a mode",
    files: (world) => ({
      config: config(world, exec({ interactiveMode: undefined })),
      plugin: plugin({ token: world.token }),
    }),
    expected: /exec.interactiveMode must be Never, IfAvailable or Always/,
  },
  {
    name: "an exec plugin that needs a terminal, where there is none",
    files: (world) => ({
      config: config(world, exec({ interactiveMode: "Always" })),
      plugin: plugin({ token: world.token }),
    }),
    expected: /needs a terminal, and standard input is none/,
  },
  {
    name: "an exec plugin of a version that is gone",
    files: (world) => ({
      config: config(
        world,
        exec({ apiVersion: "client.authentication.k8s.io/v1alpha1" }),
      ),
      plugin: plugin({ token: world.token }),
    }),
    expected: /exec.apiVersion must be .*v1 or .*v1beta1, not .*v1alpha1/,
  },
  {
    name: "an exec plugin that answers in another version",
    files: (world) => ({
      config: config(world, exec()),
      plugin: plugin({ token: world.token }).replaceAll(V1, `${V1}beta1`),
    }),
    expected: /printed client.authentication.k8s.io\/v1beta1 ExecCredential/,
  },
  {
    name: "an exec plugin that fails",
    files: (world) => ({
      config: config(world, exec()),
      plugin: plugin({ token: world.token }, "exit 3"),
    }),
    expected: /plugin ended with exit code 3/,
  },
  {
    name: "an exec plugin that gives nothing",
    files: (world) => ({ config: config(world, exec()), plugin: plugin({}) }),
    expected: /printed neither a token nor a certificate/,
  },
  {
    name: "an exec plugin that is not needed, since there is a token",
    files: (world) => ({
      config: config(world, { token: world.token, ...exec() }),
      plugin: plugin({ token: world.otherToken }),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "an exec plugin that is not needed, since there is a certificate",
    files: (world) => ({
      config: config(world, {
        "client-certificate-data": world.cert,
        "client-key-data": world.key,
        ...exec(),
      }),
      plugin: plugin({ token: world.otherToken }),
    }),
    expected: CERTIFICATE_USER,
  },
  {
    name: "an exec plugin without a command",
    files: (world) => ({ config: config(world, exec({ command: "" })) }),
    expected: /exec.command is missing/,
  },
  {
    name: "an auth provider that kubectl has given up",
    files: (world) => ({
      config: config(world, { "auth-provider": { name: "gcp" } }),
    }),
    expected: /auth-provider "gcp" is not supported.*use an exec plugin/,
  },
  {
    name: "OpenID Connect with a token that is good",
    files: (world) => ({
      config: config(world, openIdConnect({ "id-token": world.otherToken })),
    }),
    expected: OTHER_USER,
  },
  {
    name: "OpenID Connect with a token that has expired",
    files: (world) => ({
      config: config(
        world,
        openIdConnect({
          "id-token": `e30.${Buffer.from('{"exp":1}').toString("base64url")}.e30`,
        }),
      ),
    }),
    expected: /id-token has expired or is missing: run any kubectl command/,
  },
  {
    name: "no authority for a server that nobody knows",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "certificate-authority-data": undefined } },
      ),
    }),
    expected: /certificate/,
  },
  {
    name: "an authority that is no certificate",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "certificate-authority-data": "bm90aGluZw==" } },
      ),
    }),
    expected: /certificate-authority-data cannot be used: it holds no certif/,
  },
  {
    name: "an authority that is no base64",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "certificate-authority-data": "?" } },
      ),
    }),
    expected: /certificate-authority-data must be base64/,
  },
  {
    name: "an authority twice",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "certificate-authority": "ca.crt" } },
      ),
      "ca.crt": pem(world.ca),
    }),
    expected: /has certificate-authority and certificate-authority-data/,
  },
  {
    name: "insecure-skip-tls-verify",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        {
          cluster: {
            "certificate-authority-data": undefined,
            "insecure-skip-tls-verify": true,
          },
        },
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "insecure-skip-tls-verify and an authority",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "insecure-skip-tls-verify": true } },
      ),
    }),
    expected: /has insecure-skip-tls-verify and a certificate authority/,
  },
  {
    name: "a server name that the certificate has",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "tls-server-name": "kubernetes.default.svc" } },
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "a server name that the certificate has not",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "tls-server-name": "somebody.else" } },
      ),
    }),
    expected: /somebody\.else/,
  },
  {
    name: "a server name that is an address",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "tls-server-name": "127.0.0.1" } },
      ),
    }),
    expected: /tls-server-name is an address, which is not supported/,
    kubectlDiffers: "Go takes addresses",
  },
  {
    name: "a server with credentials in its URL",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { server: world.server.replace("//", "//me:secret@") } },
      ),
    }),
    expected:
      /cluster "c": server holds credentials: they belong into the user/,
  },
  {
    name: "a server with a slash at its end",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { server: `${world.server}/` } },
      ),
    }),
    expected: TOKEN_USER,
  },
  {
    name: "a proxy of the cluster entry",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "proxy-url": world.httpProxy } },
      ),
    }),
    proxy: "http",
    expected: TOKEN_USER,
  },
  {
    name: "a client certificate through a proxy",
    files: (world) => ({
      config: config(
        world,
        {
          "client-certificate-data": world.cert,
          "client-key-data": world.key,
        },
        { cluster: { "proxy-url": world.httpProxy } },
      ),
    }),
    proxy: "http",
    expected: CERTIFICATE_USER,
  },
  {
    name: "a client certificate of an exec plugin through a proxy that only knows the server's name",
    files: (world) => ({
      config: config(world, exec(), {
        cluster: {
          server: world.farServer,
          "tls-server-name": "localhost",
          "proxy-url": world.httpProxy,
        },
      }),
      plugin: plugin({
        clientCertificateData: pem(world.cert),
        clientKeyData: pem(world.key),
      }),
    }),
    proxy: "http",
    expected: CERTIFICATE_USER,
  },
  {
    name: "a SOCKS proxy that looks up the server's name",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        {
          cluster: {
            server: world.farServer,
            "tls-server-name": "localhost",
            "proxy-url": world.socksProxy,
          },
        },
      ),
    }),
    proxy: "socks",
    expected: TOKEN_USER,
  },
  {
    name: "a proxy of the environment",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        {
          cluster: { server: world.farServer, "tls-server-name": "localhost" },
        },
      ),
    }),
    env: ({ httpProxy }) => ({ HTTPS_PROXY: httpProxy }),
    proxy: "http",
    expected: TOKEN_USER,
  },
  {
    name: "a proxy of the environment, which NO_PROXY turns off",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        {
          cluster: { server: world.farServer, "tls-server-name": "localhost" },
        },
      ),
    }),
    env: ({ httpProxy }) => ({
      HTTPS_PROXY: httpProxy,
      NO_PROXY: "10.0.0.0/8,.example.test",
    }),
    expected: /api\.example\.test/,
  },
  {
    name: "a proxy of the cluster entry rather than the environment's",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        {
          cluster: {
            server: world.farServer,
            "tls-server-name": "localhost",
            "proxy-url": world.socksProxy,
          },
        },
      ),
    }),
    env: ({ httpProxy }) => ({ HTTPS_PROXY: httpProxy, NO_PROXY: "*" }),
    proxy: "socks",
    expected: TOKEN_USER,
  },
  {
    name: "a proxy that is reached by https",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "proxy-url": "https://me:secret@127.0.0.1:1" } },
      ),
    }),
    expected: /cluster "c": a proxy that is reached by https is not supported/,
  },
  {
    name: "a proxy of another kind",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { "proxy-url": "socks4://127.0.0.1:1" } },
      ),
    }),
    expected: /cluster "c": its proxy is not a URL such as/,
  },
  {
    name: "a server of http and no user, as for `kubectl proxy`",
    files: (world) => ({ config: plainConfig(world) }),
    expected: CERTIFICATE_USER,
  },
  {
    name: "a server of http, and somebody to act as",
    files: (world) => ({
      config: {
        ...plainConfig(world),
        users: [{ name: "u", user: { as: "jane" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      },
    }),
    expected: { user: "jane" },
  },
  {
    name: "a server of http behind a proxy",
    files: (world) => ({
      config: {
        ...plainConfig(world),
        clusters: [
          {
            name: "c",
            cluster: {
              server: world.plainServer,
              "proxy-url": world.socksProxy,
            },
          },
        ],
      },
    }),
    expected: /a proxy before a server of http is not supported/,
  },
  {
    name: "credentials for a server of http",
    files: (world) => ({
      config: config(
        world,
        { token: world.token },
        { cluster: { server: world.server.replace("https:", "http:") } },
      ),
    }),
    expected:
      /cluster "c" is reached by http, by which no credentials are sent/,
  },
];
