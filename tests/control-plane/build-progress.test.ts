import { Writable } from "node:stream";
import { mock } from "node:test";
import { expect } from "chai";
import { startProgress } from "./build-progress.ts";

function build(isTTY: boolean) {
  let written = "";
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  const shown = (): string => {
    const text = written;
    written = "";
    return text;
  };
  const progress = startProgress(Object.assign(stream, { isTTY }));
  // The headline.
  expect(shown()).to.match(/^Building .*\n$/);
  return { progress, shown };
}

describe("startProgress", () => {
  beforeEach(() => {
    mock.timers.enable({ apis: ["setInterval", "Date"] });
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it("writes a line every 15 s where there is no terminal", () => {
    const { progress, shown } = build(false);
    mock.timers.tick(15_000);
    expect(shown()).to.equal("Building the test control plane: 15 s\n");
    progress.line("go: downloading k8s.io/api v0.36.3");
    mock.timers.tick(14_999);
    expect(shown()).to.equal("");
    mock.timers.tick(1);
    expect(shown()).to.equal(
      "Building the test control plane: 30 s, modules downloaded: 1\n",
    );
    progress.line("k8s.io/api/core/v1");
    progress.line("golang.org/x/net/http2");
    progress.line("# warning: something else");
    mock.timers.tick(60_000);
    expect(shown().split("\n").at(-2)).to.equal(
      "Building the test control plane: 1 min 30 s, packages compiled: 2",
    );
    progress.stop("done");
    expect(shown()).to.equal(
      "Building the test control plane: done after 1 min 30 s, packages compiled: 2\n",
    );
    mock.timers.tick(60_000);
    expect(shown()).to.equal("");
  });

  it("keeps one line up to date on a terminal", () => {
    const { progress, shown } = build(true);
    progress.line("fmt");
    mock.timers.tick(500);
    expect(shown()).to.equal(
      "\r\u001B[KBuilding the test control plane: 1 s, packages compiled: 1",
    );
    progress.stop("failed");
    expect(shown()).to.equal(
      "\r\u001B[KBuilding the test control plane: failed after 1 s, packages compiled: 1\n",
    );
  });
});
