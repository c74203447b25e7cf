import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import {
  loadKubeConfig,
  NoClusterError,
} from "../../../functions/kubernetes/kube-config.ts";
import type { KubeConfigChoice } from "../../../functions/kubernetes/kube-config.ts";

describe("loadKubeConfig", () => {
  const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  const root = join(directory, "pod");
  const inPod = {
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    KUBERNETES_SERVICE_PORT: "443",
  };
  const environmentBefore = { ...process.env };

  before(() => {
    const mounted = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    mkdirSync(mounted, { recursive: true });
    writeFileSync(join(mounted, "token"), "of-the-pod");
    // client-node reads them there.
    Object.assign(process.env, inPod);
  });
  after(() => {
    for (const name of Object.keys(inPod)) delete process.env[name];
    Object.assign(process.env, environmentBefore);
    rmSync(directory, { recursive: true });
  });

  function fileOf(content: string, name = "config"): string {
    const file = join(directory, name);
    writeFileSync(file, content);
    return file;
  }

  /** Server and context, or the error's message. */
  async function chosen(
    env: NodeJS.ProcessEnv,
    choice: KubeConfigChoice = {},
  ): Promise<unknown> {
    try {
      const { server, context } = await loadKubeConfig(env, choice);
      return { server, context };
    } catch (error) {
      expect(error).to.be.instanceOf(NoClusterError);
      return (error as Error).message.replaceAll(directory, "DIRECTORY");
    }
  }

  const load = (content: string, env: NodeJS.ProcessEnv = {}) =>
    chosen({ ...env, KUBECONFIG: fileOf(content) });

  it("prefers KUBECONFIG to the account of the Pod it runs in", async () => {
    const KUBECONFIG = fileOf(kubeconfig("https://named:6443"));
    expect(await chosen({ ...inPod, KUBECONFIG }, { root })).to.deep.equal({
      server: "https://named:6443",
      context: "x",
    });
  });

  for (const KUBECONFIG of [undefined, ""])
    it(`takes the Pod's account when KUBECONFIG is ${KUBECONFIG === undefined ? "not set" : "empty"}`, async () => {
      const access = await loadKubeConfig({ ...inPod, KUBECONFIG }, { root });
      expect(access.server).to.equal("https://10.96.0.1:443");
      expect(access.context).to.equal(undefined);
      expect(access.config.getCurrentUser()?.authProvider).to.deep.include({
        name: "tokenFile",
      });
    });

  it("never falls back to the Pod's account when KUBECONFIG names only missing files", async () => {
    const KUBECONFIG = `/nowhere/a${delimiter}/nowhere/b`;
    expect(await chosen({ ...inPod, KUBECONFIG }, { root })).to.equal(
      `no cluster: KUBECONFIG names no existing file (${KUBECONFIG})`,
    );
  });

  it("refuses a context where only the Pod's account is there", async () => {
    expect(await chosen(inPod, { root, context: "prod" })).to.equal(
      'no cluster: context "prod" was asked for, but a Pod\'s own account has no contexts: set KUBECONFIG, or ask for none',
    );
  });

  it("takes the context that is asked for", async () => {
    const KUBECONFIG = fileOf(
      JSON.stringify({
        clusters: ["a", "b"].map((name) => ({
          name,
          cluster: { server: `https://${name}:6443/` },
        })),
        users: [{ name: "u", user: { token: "t" } }],
        contexts: ["a", "b"].map((name) => ({
          name,
          context: { cluster: name, user: "u" },
        })),
        "current-context": "a",
      }),
    );
    expect(await chosen({ KUBECONFIG }, { context: "b" })).to.deep.equal({
      server: "https://b:6443",
      context: "b",
    });
    expect(await chosen({ KUBECONFIG }, { context: "c" })).to.equal(
      'no cluster: DIRECTORY/config: has no context "c"; of contexts there are "a", "b"',
    );
  });

  it("names a server that is no URL, and no password in it", async () => {
    for (const [server, shown] of [
      ["not a url", "not a url"],
      ["host:6443", "host:6443"],
      ["ftp://me:secret@host", "ftp://host"],
    ] as const)
      expect(await load(kubeconfig(server))).to.equal(
        `no cluster: DIRECTORY/config: cluster "c": server ${JSON.stringify(shown)} is not a URL such as https://host:6443`,
      );
  });

  it("shows nothing of a server's query", async () => {
    expect(
      await load(kubeconfig("https://host:6443/k8s/clusters/c-1?token=secret")),
    ).to.deep.equal({
      server: "https://host:6443/k8s/clusters/c-1",
      context: "x",
    });
  });

  it("says in one line that a file is no YAML", async () => {
    expect(await load("a: [\nb: }")).to.match(
      /^no cluster: cannot read DIRECTORY\/config: [^\n]+$/,
    );
  });

  it("says that a file names no context", async () => {
    for (const empty of ["", "{}", "# nothing\n"])
      expect(await load(empty)).to.equal(
        "no cluster: DIRECTORY/config: has no current context; of contexts there are none",
      );
  });

  it("says where it looked when there is no file", async () => {
    expect(await chosen({ KUBECONFIG: "/nowhere/config" })).to.equal(
      "no cluster: KUBECONFIG names no existing file (/nowhere/config)",
    );
  });

  it("names a field of the wrong type, and shows no value", async () => {
    const content = kubeconfig("https://host").replace('"t"', "20260101");
    const said = await load(content);
    expect(said).to.equal(
      "no cluster: cannot read DIRECTORY/config: users.0.user.token must be string",
    );
  });

  const proxies: {
    name: string;
    server?: string;
    env: NodeJS.ProcessEnv;
    proxy: string | undefined;
  }[] = [
    { name: "none is set", env: {}, proxy: undefined },
    {
      name: "HTTPS_PROXY is set",
      env: { HTTPS_PROXY: "http://proxy:3128" },
      proxy: "http://proxy:3128",
    },
    {
      name: "https_proxy has no scheme",
      env: { https_proxy: "proxy:3128" },
      proxy: "http://proxy:3128",
    },
    {
      name: "only HTTP_PROXY is set",
      env: { HTTP_PROXY: "http://proxy:3128" },
      proxy: undefined,
    },
    {
      name: "the proxy is one of SOCKS",
      env: { HTTPS_PROXY: "socks5://proxy:1080" },
      proxy: "socks5h://proxy:1080",
    },
    ...[
      "*",
      "host.example.org",
      "HOST.example.org",
      "host.example.org:6443",
      "example.org",
      ".example.org",
      "*.example.org",
      "other, example.org",
    ].map((NO_PROXY) => ({
      name: `NO_PROXY is ${NO_PROXY}`,
      env: { HTTPS_PROXY: "http://proxy", NO_PROXY },
      proxy: undefined,
    })),
    ...[
      "host.example.org:443",
      "ost.example.org",
      "example.com",
      "10.0.0.0/8",
      ".host.example.org",
    ].map((NO_PROXY) => ({
      name: `NO_PROXY is ${NO_PROXY}`,
      env: { HTTPS_PROXY: "http://proxy", NO_PROXY },
      proxy: "http://proxy",
    })),
    ...["10.0.0.0/8", "10.1.2.3", "10.1.2.3:6443"].map((no_proxy) => ({
      name: `the server is an address and no_proxy is ${no_proxy}`,
      server: "https://10.1.2.3:6443",
      env: { HTTPS_PROXY: "http://proxy", no_proxy },
      proxy: undefined,
    })),
    ...[
      "https://localhost:6443",
      "https://127.1.2.3",
      "https://[::1]:6443",
    ].map((server) => ({
      name: `the server is ${server}`,
      server,
      env: { HTTPS_PROXY: "http://proxy" },
      proxy: undefined,
    })),
  ];
  for (const {
    name,
    server = "https://host.example.org:6443",
    env,
    proxy,
  } of proxies)
    it(`goes ${proxy === undefined ? "straight to the server" : "through the proxy"} when ${name}`, async () => {
      const KUBECONFIG = fileOf(kubeconfig(server));
      const { config } = await loadKubeConfig({ ...env, KUBECONFIG });
      expect(config.getCurrentCluster()?.proxyUrl).to.equal(proxy);
    });
});

function kubeconfig(server: string): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}
