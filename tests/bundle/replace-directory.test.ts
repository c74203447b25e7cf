import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { replaceDirectory } from "../../bundle/replace-directory.ts";

describe("replaceDirectory", () => {
  let scratch: string;
  let directory: string;

  beforeEach(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), "replace-"));
    directory = path.join(scratch, "dist");
  });
  afterEach(() => rm(scratch, { recursive: true }));

  async function make(name: string): Promise<string> {
    const made = path.join(scratch, `made-${name}`);
    await mkdir(made);
    await writeFile(path.join(made, `only-${name}`), "");
    await writeFile(path.join(made, "by"), name);
    return made;
  }

  it("puts a directory where there is none", async () => {
    await replaceDirectory(directory, await make("first"));
    expect(await readdir(directory)).to.have.members(["by", "only-first"]);
    expect(await readdir(scratch)).to.deep.equal(["dist"]);
  });

  it("leaves nothing of the one that was there", async () => {
    await replaceDirectory(directory, await make("first"));
    await replaceDirectory(directory, await make("second"));
    expect(await readdir(directory)).to.have.members(["by", "only-second"]);
    expect(await readdir(scratch)).to.deep.equal(["dist"]);
  });

  it("leaves one of several that come at once, whole", async () => {
    for (let round = 0; round < 20; round += 1) {
      const names = [1, 2, 3].map((number) => `${round}-${number}`);
      const all = await Promise.all(names.map(make));
      await Promise.all(all.map((made) => replaceDirectory(directory, made)));
      const by = await readFile(path.join(directory, "by"), "utf8");
      expect(names).to.include(by);
      expect(await readdir(directory)).to.have.members(["by", `only-${by}`]);
      expect(await readdir(scratch)).to.deep.equal(["dist"]);
    }
  });

  it("throws where there is nothing to be put", async () => {
    const nothing = path.join(scratch, "nothing");
    const error: unknown = await replaceDirectory(directory, nothing).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.have.property("code", "ENOENT");
  });
});
