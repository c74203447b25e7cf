import { PassThrough } from "node:stream";
import { mock } from "node:test";
import { expect } from "chai";
import { startProgress } from "./build-progress.ts";

function start(isTTY: boolean) {
  const stream = Object.assign(new PassThrough({ encoding: "utf8" }), {
    isTTY,
  });
  const progress = startProgress(stream);
  /** What was written since the last call. */
  const shown = (): string => String(stream.read() ?? "");
  expect(shown()).to.match(/^Building .*\n$/);
  return { progress, shown };
}

describe("startProgress", () => {
  const title = "Building the test control plane:";

  beforeEach(() => mock.timers.enable({ apis: ["setInterval", "Date"] }));
  afterEach(() => mock.timers.reset());

  it("writes a line every 15 s without a terminal, with the share that is done", () => {
    const { progress, shown } = start(false);
    const next = (seconds = 15): string => {
      mock.timers.tick(seconds * 1_000);
      return shown().trim().split("\n").at(-1) ?? "";
    };
    expect(next()).to.equal(`${title} 15 s`);
    progress.line("go: downloading k8s.io/api v0.36.3");
    expect(next(14)).to.equal("");
    expect(next(1)).to.equal(`${title} 30 s, modules downloaded: 1`);
    progress.expect(3);
    expect(next()).to.equal(`${title} 45 s, 0 % (0 of 3 packages compiled)`);
    progress.line("k8s.io/api/core/v1");
    progress.line("golang.org/x/net/http2");
    progress.line("# warning: something else");
    expect(next(45)).to.equal(
      `${title} 1 min 30 s, 66 % (2 of 3 packages compiled)`,
    );
    // One more than Go has said.
    progress.line("k8s.io/kubernetes/cmd/kubectl");
    progress.line("k8s.io/kubernetes/cmd/kubelet");
    expect(next()).to.equal(
      `${title} 1 min 45 s, 99 % (packages compiled: 4, linking the programs)`,
    );
    progress.stop("done");
    expect(shown()).to.equal(
      `${title} done after 1 min 45 s, 100 % (packages compiled: 4)\n`,
    );
    expect(next(60)).to.equal("");
  });

  it("keeps one line up to date on a terminal", () => {
    const { progress, shown } = start(true);
    progress.expect(400);
    progress.line("fmt");
    mock.timers.tick(500);
    const state = "1 s, 0 % (1 of 400 packages compiled)";
    expect(shown()).to.equal(`\r\u001B[K${title} ${state}`);
    progress.stop("failed");
    expect(shown()).to.equal(`\r\u001B[K${title} failed after ${state}\n`);
  });

  it("says that it only links where all packages are in Go's cache", () => {
    const { progress, shown } = start(false);
    progress.expect(0);
    mock.timers.tick(15_000);
    expect(shown()).to.equal(
      `${title} 15 s, 99 % (packages compiled: 0, linking the programs)\n`,
    );
    progress.stop("done");
    expect(shown()).to.equal(`${title} done after 15 s, 100 %\n`);
  });
});
