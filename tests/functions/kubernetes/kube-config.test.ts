import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import {
  loadKubeConfig,
  NoClusterError,
} from "../../../functions/kubernetes/kube-config.ts";

describe("loadKubeConfig", () => {
  const directory = mkdtempSync(join(tmpdir(), "kubeconfig-"));
  after(() => rmSync(directory, { recursive: true }));

  function load(content: string): unknown {
    const file = join(directory, "config");
    writeFileSync(file, content);
    try {
      return loadKubeConfig({ KUBECONFIG: file }).getCurrentCluster()?.server;
    } catch (error) {
      expect(error).to.be.instanceOf(NoClusterError);
      return (error as Error).message.replace(file, "FILE");
    }
  }

  it("reads the server of the current context", () => {
    expect(load(kubeconfig("https://host:6443"))).to.equal("https://host:6443");
  });

  it("names a server that is no URL", () => {
    for (const server of ["not a url", "host:6443", "ftp://host"])
      expect(load(kubeconfig(server))).to.equal(
        `no cluster: FILE: server ${JSON.stringify(server)} of cluster c is not a URL such as https://host:6443`,
      );
  });

  it("says in one line that a file is no YAML", () => {
    expect(load("a: [\nb: }")).to.match(
      /^no cluster: cannot read FILE: [^\n]+$/,
    );
  });

  it("says that a file names no cluster", () => {
    expect(load("{}")).to.equal(
      "no cluster: FILE has no current context that names a cluster",
    );
  });

  it("says where it looked when there is no file", () => {
    expect(() => loadKubeConfig({ KUBECONFIG: "/nowhere/config" })).to.throw(
      NoClusterError,
      "KUBECONFIG names no existing file (/nowhere/config)",
    );
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
