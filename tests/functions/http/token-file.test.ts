import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { followTokenFile } from "../../../functions/http/token-file.ts";
import type { TokenFile } from "../../../functions/http/token-file.ts";
import { eventually } from "../../support/eventually.ts";
import { temporaryDirectory } from "../../support/temporary-directory.ts";

const old = "the-token-of-old";
const next = "the-token-to-come";

describe("the secret tokens of a file", () => {
  let directory: string;
  let file: string;
  let followed: TokenFile;
  const counts: number[] = [];
  const problems: string[] = [];

  beforeEach(() => {
    directory = temporaryDirectory();
    file = join(directory, "token");
    counts.length = 0;
    problems.length = 0;
  });
  afterEach(() => {
    followed.stop();
  });

  async function follow(): Promise<void> {
    followed = await followTokenFile(
      file,
      (count) => counts.push(count),
      (problem) => problems.push(problem),
      20,
    );
  }

  it("follow the file, and stay valid while it is wrong or missing", async () => {
    writeFileSync(file, old);
    await follow();
    expect(followed.tokens()).to.deep.equal([old]);

    writeFileSync(file, `${old},${next}\n`);
    await eventually("both", () => followed.tokens().length === 2);

    writeFileSync(file, "short");
    // A read in the middle of the write may find the file empty, which is a problem of its own.
    await eventually("the first problem", () =>
      problems.at(-1)?.includes("holds a token that is not 16 to 128"),
    );
    rmSync(file);
    await eventually("the second problem", () =>
      problems.at(-1)?.includes("cannot be read: ENOENT"),
    );
    expect(followed.tokens()).to.deep.equal([old, next]);
    expect(followed.problem()).to.equal(undefined);

    writeFileSync(file, next);
    await eventually("the next", () => followed.tokens().length === 1);
    expect(followed.tokens()).to.deep.equal([next]);
    expect(counts).to.deep.equal([1, 2, 1]);
  });

  it("are none, with the reason, until the file exists", async () => {
    await follow();
    expect(followed.tokens()).to.deep.equal([]);
    expect(followed.problem()).to.equal(
      `WEBHOOK_TOKEN_FILE ${file} cannot be read: ENOENT`,
    );
    writeFileSync(file, old);
    await eventually("the token", () => followed.tokens().length === 1);
    expect(followed.problem()).to.equal(undefined);
  });
});
