import { Writable } from "node:stream";
import { expect } from "chai";
import { createScreen } from "../../../examples/demo/screen.ts";
import type { Screen } from "../../../examples/demo/screen.ts";

/** A screen on a stream of which everything can be read back; each look at its clock is 50 ms after the one before. */
function aScreen({
  env = {},
  ...over
}: {
  isTTY?: boolean;
  columns?: number;
  env?: Record<string, string>;
} = {}): {
  screen: Screen;
  shown: () => string;
} {
  let text = "";
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  let time = 0;
  const screen = createScreen(
    Object.assign(stream, over),
    env,
    () => (time += 50),
  );
  return { screen, shown: () => text };
}

describe("the screen of the demonstration", () => {
  it("numbers the steps and says how long each took", async () => {
    const { screen, shown } = aScreen();
    const result = await screen.step("The first", () => {
      screen.command("kubectl get pods");
      screen.output("one\ntwo  \n");
      screen.say("look at that");
      return Promise.resolve(7);
    });
    await screen.step("The second", () => Promise.resolve());
    expect(result).to.equal(7);
    expect(shown()).to.equal(
      `
 1  The first
    $ kubectl get pods
    one
    two
    look at that
    done in 0.1 s

 2  The second
    done in 0.1 s
`,
    );
  });

  it("says of a step that failed that it did, and passes the error on", async () => {
    const { screen, shown } = aScreen();
    const failure = new Error("no");
    const caught: unknown = await screen
      .step("Doomed", () => Promise.reject(failure))
      .catch((error: unknown) => error);
    expect(caught).to.equal(failure);
    expect(shown()).to.equal("\n 1  Doomed\n    failed after 0.1 s\n");
  });

  it("makes columns as wide as they need to be", () => {
    const { screen, shown } = aScreen();
    screen.table(
      ["POD", "CLAIM", ""],
      [
        ["web-1", "a", "x"],
        ["(no Pod)", "long-name"],
      ],
    );
    expect(shown()).to.equal(
      `    POD       CLAIM
    web-1     a          x
    (no Pod)  long-name
`,
    );
  });

  it("shows how a wait goes in one line of a terminal, which the next line takes the place of", () => {
    const { screen, shown } = aScreen({
      isTTY: true,
      columns: 20,
      env: { NO_COLOR: "1" },
    });
    screen.waiting("1 of 3 Pods Running, and so on");
    screen.line("three Pods");
    screen.line("more");
    expect(shown()).to.equal(
      "\r\u001B[K    1 of 3 Pods Run\r\u001B[Kthree Pods\nmore\n",
    );
  });

  it("shows nothing of a wait where there is no terminal", () => {
    const { screen, shown } = aScreen();
    screen.waiting("1 of 3 Pods");
    expect(shown()).to.equal("");
  });

  const colours = [
    { name: "has colours on a terminal", isTTY: true, coloured: true },
    {
      name: "has none when NO_COLOR is set",
      isTTY: true,
      env: { NO_COLOR: "1" },
      coloured: false,
    },
    {
      name: "has none on a terminal that knows none",
      isTTY: true,
      env: { TERM: "dumb" },
      coloured: false,
    },
    { name: "has none in a file or pipe", isTTY: false, coloured: false },
  ];
  for (const { name, isTTY, env = {}, coloured } of colours) {
    it(name, () => {
      const { screen, shown } = aScreen({ isTTY, env });
      screen.command("kubectl");
      expect(shown().includes("\u001B[")).to.equal(coloured);
    });
  }

  it("shows nothing any more once it is mute", () => {
    const { screen, shown } = aScreen({ isTTY: true });
    screen.mute();
    screen.say("too late");
    screen.waiting("too late");
    expect(shown()).to.equal("");
  });
});
