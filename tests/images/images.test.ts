import { chmod, copyFile, mkdir, readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { freePort } from "../control-plane/free-port.ts";
import { eventually } from "../support/eventually.ts";
import { runProgram } from "../support/run-program.ts";
import type { BuiltImage } from "./buildah.ts";
import type { Container } from "./container.ts";
import { base, imageSuite } from "./image-suite.ts";
import { describeSizes } from "./sizes.ts";

/** Most of it is for `npm ci` from npm's cache: 13 s with 2 cores. */
const buildTimeoutMs = 180_000;

async function filesBelow(directory: string): Promise<string[]> {
  return (await readdir(directory, { recursive: true })).toSorted();
}

/** Waits until the function answers at `port` with 200. */
async function isHealthy(port: number, container: Container): Promise<void> {
  await eventually("the function is healthy", async () => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/healthz`)).status === 200;
    } catch (error) {
      throw new Error(container.stdout() + container.stderr(), {
        cause: error,
      });
    }
  });
}

describe("the images", function () {
  this.timeout(buildTimeoutMs);
  const suite = imageSuite();
  const built = new Map<string, BuiltImage>();

  for (const { program, title, says } of [
    { program: "functions", title: "function", says: "Creates a persistent" },
    { program: "janitor", title: "janitor", says: "Deletes the persistent" },
  ] as const) {
    it(`of the ${title} is its base and the two files of its bundle`, async () => {
      const image = await suite.build(program);
      built.set(program, image);
      const root = await suite.images.mount(`localhost/${program}`);
      const inBase = new Set(await filesBelow(suite.baseDirectory));
      expect(
        (await filesBelow(root)).filter((file) => !inBase.has(file)),
      ).to.deep.equal(["app", "app/main.mjs", "app/seldom-used.cjs"]);
      expect(image.layers).to.equal(2);
      const { Entrypoint, Labels, User } = image.config;
      expect({ Entrypoint, User }).to.deep.equal({
        Entrypoint: ["node", "/app/main.mjs"],
        User: "65532:65532",
      });
      expect(Labels).to.include({
        "org.opencontainers.image.title": `stateful-deployments ${title}`,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.base.name": base,
      });
      expect(Labels["org.opencontainers.image.description"]).to.include(says);
      const sizes = await describeSizes(
        suite.baseDirectory,
        path.join(root, "app"),
      );
      process.stdout.write(`      ${title}: ${sizes}\n`);
    });

    it(`of the ${title} is the same at another time and from another place`, async () => {
      const elsewhere = path.join(suite.directory, "elsewhere", program);
      const bundle = path.join("src/dist", program);
      const copy = path.join(elsewhere, bundle);
      await mkdir(copy, { recursive: true, mode: 0o700 });
      for (const file of ["main.js", "seldom-used.cjs"]) {
        const target = path.join(copy, file);
        await copyFile(
          path.join(suite.context.builtStage, bundle, file),
          target,
        );
        // As somebody's umask and clock would have it.
        await chmod(target, 0o600);
        await utimes(target, 1_000_000_000, 1_000_000_000);
      }
      const again = await suite.build(program, {
        stages: { build: elsewhere },
      });
      expect(again.id).to.equal(built.get(program)?.id);
    });
  }

  it("are the same when their build stage makes the bundle, from npm's cache and without a network", async () => {
    const volumes = await suite.npmVolumes();
    const whole = await suite.build("functions", { stages: {}, volumes });
    expect(whole.id).to.equal(built.get("functions")?.id);
  });

  it("of the function serves as nobody, on a read-only root, and ends in good order", async () => {
    const image = await suite.build("functions");
    const port = await freePort();
    const container = await suite.start(image, {
      rootDirectory: await suite.images.mount("localhost/functions"),
      env: { PORT: String(port) },
    });
    await isHealthy(port, container);
    expect(await container.privileges()).to.deep.equal({
      uid: 65532,
      gid: 65532,
      capabilities: "0000000000000000",
    });
    await container.signal("TERM");
    expect(await container.exited).to.equal(0);
    expect(container.stderr()).to.equal("");
  });

  for (const { name, args, says } of [
    { name: "", args: ["--help"], says: "--grace-period" },
    {
      name: "'s certificates command",
      args: ["certificates", "--help"],
      says: "--ca-secret",
    },
  ]) {
    it(`of the janitor says how it is used: the help of the janitor${name}`, async () => {
      const container = await suite.start(await suite.build("janitor"), {
        rootDirectory: await suite.images.mount("localhost/janitor"),
        args,
      });
      expect(await container.exited, container.stderr()).to.equal(0);
      expect(container.stdout()).to.include(says);
      expect(container.stderr()).to.equal("");
    });
  }

  it("of the function for development starts anew when a source is replaced, on a read-only root too", async () => {
    const image = await suite.build("functions", {
      target: "development",
      volumes: await suite.npmVolumes(),
    });
    expect(Object.keys(image.config.Volumes ?? {})).to.deep.equal([
      "/src/functions",
    ]);
    const rootDirectory = await suite.images.mount("localhost/functions");
    // What a node makes of the image's volume: a directory of its own with the same files in it.
    const sources = path.join(suite.directory, "sources");
    await runProgram("cp", ["-a", `${rootDirectory}/src/functions`, sources]);
    const port = await freePort();
    const container = await suite.start(image, {
      rootDirectory,
      workingDirectory: "/src",
      env: { PORT: String(port) },
      volumes: { "/src/functions": sources },
    });
    await isHealthy(port, container);
    for (const time of ["once", "twice"]) {
      // As `skaffold dev` does it: by a program in there, of the image's own user, that removes a file and writes it again.
      await container.run(
        "node",
        "--eval",
        `const file = "/src/functions/http/metrics.ts";
        const text = fs.readFileSync(file, "utf8");
        fs.rmSync(file);
        fs.writeFileSync(file, text + "console.log('replaced ${time}');");`,
      );
      await eventually(`the source replaced ${time} runs`, () =>
        container.stdout().includes(`replaced ${time}\n`),
      );
    }
    await isHealthy(port, container);
  });
});
