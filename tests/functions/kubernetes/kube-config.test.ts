import { mkdirSync, writeFileSync } from "node:fs";
import type https from "node:https";
import { delimiter, join } from "node:path";
import { expect } from "chai";
import {
  loadKubeConfig,
  NoClusterError,
} from "../../../functions/kubernetes/kube-config.ts";
import type { KubeConfigChoice } from "../../../functions/kubernetes/kube-config.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

describe("loadKubeConfig", () => {
  const directory = temporaryDirectory();
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
  });

  function fileOf(content: string): string {
    const file = join(directory, "config");
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

  it("rejects a context where only the Pod's account is there", async () => {
    expect(await chosen(inPod, { root, context: "prod" })).to.equal(
      'no cluster: context "prod" was asked for, but a Pod\'s own account has no contexts: set KUBECONFIG, or ask for none',
    );
  });

  for (const { server, is } of [
    { server: "not a url", is: "not a url" },
    { server: "host:6443", is: "host:6443" },
    { server: "ftp://me:secret@host", is: "ftp://host" },
  ])
    it(`rejects the server ${is}, and shows no password`, async () => {
      const KUBECONFIG = fileOf(kubeconfig(server));
      expect(await chosen({ KUBECONFIG })).to.equal(
        `no cluster: DIRECTORY/config: cluster "c": server ${JSON.stringify(is)} is not a URL such as https://host:6443`,
      );
    });

  it("shows nothing of a server's query", async () => {
    const KUBECONFIG = fileOf(
      kubeconfig("https://host:6443/k8s/clusters/c-1?token=secret"),
    );
    expect(await chosen({ KUBECONFIG })).to.deep.equal({
      server: "https://host:6443/k8s/clusters/c-1",
      context: "x",
    });
  });

  it("rejects an empty file", async () => {
    expect(await chosen({ KUBECONFIG: fileOf("# nothing\n") })).to.equal(
      "no cluster: DIRECTORY/config: has no current context; it has no contexts",
    );
  });

  it("reads a token file again for each request", async () => {
    const tokenFile = join(directory, "token");
    const KUBECONFIG = fileOf(kubeconfig("https://host", { tokenFile }));
    writeFileSync(tokenFile, "first");
    const { config } = await loadKubeConfig({ KUBECONFIG });
    for (const token of ["first", "second"]) {
      writeFileSync(tokenFile, token);
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      expect(options.headers).to.deep.include({
        Authorization: `Bearer ${token}`,
      });
    }
  });

  const PROXY = "http://proxy:3128";
  const byName = "https://host.example.org:6443";
  const byAddress = "https://10.1.2.3:6443";
  type Row = [
    server: string,
    env: NodeJS.ProcessEnv,
    proxy?: string | undefined,
  ];
  const rows: Row[] = [
    [byName, {}],
    [byName, { HTTPS_PROXY: PROXY }, PROXY],
    [byName, { https_proxy: "proxy:3128" }, PROXY],
    [byName, { HTTP_PROXY: PROXY }],
    [byName, { HTTPS_PROXY: "socks5://proxy:1080" }, "socks5h://proxy:1080"],
    ...[
      "*",
      "host.example.org",
      "HOST.example.org",
      "host.example.org:6443",
      "example.org",
      ".example.org",
      "*.example.org",
      "other, example.org",
    ].map((NO_PROXY) => except(byName, { NO_PROXY })),
    ...[
      "host.example.org:443",
      "ost.example.org",
      "example.com",
      "10.0.0.0/8",
      ".host.example.org",
    ].map((NO_PROXY) => except(byName, { NO_PROXY }, PROXY)),
    ...["10.0.0.0/8", "10.1.2.3", "10.1.2.3:6443"].map((no_proxy) =>
      except(byAddress, { no_proxy }),
    ),
    ...[
      "https://localhost:6443",
      "https://127.1.2.3",
      "https://[::1]:6443",
    ].map((server) => except(server, {})),
  ];
  function except(server: string, env: NodeJS.ProcessEnv, proxy?: string): Row {
    return [server, { HTTPS_PROXY: PROXY, ...env }, proxy];
  }
  for (const [server, env, proxy] of rows)
    it(`goes ${proxy === undefined ? "straight" : "through the proxy"} to ${server} with ${JSON.stringify(env)}`, async () => {
      const KUBECONFIG = fileOf(kubeconfig(server));
      const { config } = await loadKubeConfig({ ...env, KUBECONFIG });
      expect(config.getCurrentCluster()?.proxyUrl).to.equal(proxy);
    });
});

function kubeconfig(server: string, user: object = { token: "t" }): string {
  return JSON.stringify({
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}
