import { PassThrough } from "node:stream";
import { mock } from "node:test";
import { expect } from "chai";
import { startProgress } from "./build-progress.ts";

describe("startProgress", () => {
  beforeEach(() => mock.timers.enable({ apis: ["setInterval", "Date"] }));
  afterEach(() => mock.timers.reset());

  it("writes a line every 15 s, with the packages that are compiled, until the build ends", () => {
    const stream = new PassThrough({ encoding: "utf8" });
    const shown = (seconds: number): string => {
      mock.timers.tick(seconds * 1_000);
      return String(stream.read() ?? "");
    };
    const progress = startProgress(stream);
    expect(shown(14)).to.match(/^Building .* once .*\n$/);
    const title = "Building the test control plane:";
    expect(shown(1)).to.equal(`${title} 0 min 15 s, 0 compiled\n`);
    progress.expect(2);
    progress.line("go: downloading k8s.io/api v0.36.3");
    progress.line("k8s.io/api/core/v1");
    progress.line("# warning: something else");
    expect(shown(15)).to.equal(
      `${title} 0 min 30 s, 1 of 2 packages compiled\n`,
    );
    // One more than Go has said.
    progress.line("golang.org/x/net/http2");
    progress.line("k8s.io/kubernetes/cmd/kubectl");
    progress.stop("done");
    expect(shown(60)).to.equal(
      `${title} done after 0 min 30 s, 3 of 3 packages compiled\n`,
    );
  });
});
