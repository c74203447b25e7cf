import { chmod, cp, mkdir, mkdtemp, readdir, utimes } from "node:fs/promises";
import path from "node:path";
import { expect } from "chai";
import { freePort } from "../control-plane/free-port.ts";
import { eventually } from "../support/eventually.ts";
import { runProgram } from "../control-plane/run-program.ts";
import { startContainer } from "./container.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { BASE, ImageStore, whyNoImages } from "./image-store.ts";
import type { BuiltImage } from "./image-store.ts";

const dist = path.join(import.meta.dirname, "../../dist");

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
  // `npm ci` from npm's cache takes 13 s with 2 cores.
  this.timeout(180_000);
  let images: ImageStore;
  const containers: Container[] = [];
  const built = new Map<string, BuiltImage>();

  before(async function () {
    const why = await whyNoImages();
    if (why !== undefined) {
      process.stderr.write(`Skipping "the images": ${why}\n`);
      this.skip();
    }
    images = await ImageStore.create();
  });
  after(async () => {
    for (const container of containers) await container.signal("KILL");
    await Promise.all(containers.map(({ exited }) => exited));
    await images?.remove();
  });

  /** A copy of the bundle in `dist` where the stage `build` has it, with this mode and date. */
  async function buildStage(mode: number, date: number): Promise<string> {
    const stage = await mkdtemp(path.join(images.directory, "built-"));
    const copy = path.join(stage, "src/dist");
    await mkdir(copy, { recursive: true });
    await cp(dist, copy, { recursive: true });
    for (const program of ["functions", "janitor"]) {
      const file = path.join(copy, program, "main.js");
      await chmod(file, mode);
      await utimes(file, date, date);
    }
    return stage;
  }

  async function start(
    image: BuiltImage | undefined,
    options: Omit<ContainerOptions, "config">,
  ): Promise<Container> {
    if (image === undefined) throw new Error("the image was not built");
    const container = await startContainer(images.directory, {
      ...options,
      config: image.config,
    });
    containers.push(container);
    return container;
  }

  for (const { program, title, flags, description } of [
    {
      program: "functions",
      title: "function",
      flags: [],
      description: "Creates a persistent",
    },
    {
      program: "janitor",
      title: "janitor",
      flags: ["--max-semi-space-size=8"],
      description: "Deletes the persistent",
    },
  ] as const)
    it(`of the ${title} has its base and one file, whatever the umask and the clock of the build`, async () => {
      const image = await images.build(program, {
        built: await buildStage(0o644, 1_700_000_000),
      });
      built.set(program, image);
      const root = await images.mount(program);
      const inBase = new Set(await filesBelow(images.base));
      expect(
        (await filesBelow(root)).filter((file) => !inBase.has(file)),
      ).to.deep.equal(["app", "app/main.mjs"]);
      expect(image.layers).to.equal(2);
      const { Entrypoint, Labels, User } = image.config;
      expect({ Entrypoint, User }).to.deep.equal({
        Entrypoint: ["node", ...flags, "/app/main.mjs"],
        User: "65532:65532",
      });
      expect(Labels).to.include({
        "org.opencontainers.image.title": `stateful-deployments ${title}`,
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.base.name": BASE,
      });
      expect(Labels["org.opencontainers.image.description"]).to.include(
        description,
      );
      const again = await images.build(program, {
        built: await buildStage(0o600, 1_000_000_000),
      });
      expect(again.id).to.equal(image.id);
    });

  it("are the same when their build stage makes the bundle, from npm's cache and without a network", async () => {
    const whole = await images.build("functions", {});
    expect(whole.id).to.equal(built.get("functions")?.id);
  });

  it("of the function runs without privileges on a read-only root, and exits with 0 on SIGTERM", async () => {
    const port = await freePort();
    const container = await start(built.get("functions"), {
      rootDirectory: await images.mount("functions"),
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

  it("of the janitor runs the janitor and its certificates command", async () => {
    const rootDirectory = await images.mount("janitor");
    for (const { args, says } of [
      { args: ["--help"], says: "--grace-period" },
      { args: ["certificates", "--help"], says: "--ca-secret" },
    ]) {
      const container = await start(built.get("janitor"), {
        rootDirectory,
        args,
      });
      expect(await container.exited, container.stderr()).to.equal(0);
      expect(container.stdout()).to.include(says);
      expect(container.stderr()).to.equal("");
    }
  });

  it("of the function for development starts again when a source changes, on a read-only root too", async () => {
    const image = await images.build("functions", { target: "development" });
    const directories = Object.keys(image.config.Volumes ?? {});
    expect(directories).to.have.members(["/src/functions", "/src/compiled"]);
    const rootDirectory = await images.mount("functions");
    // As a node fills the image's volumes: directories of their own with the same files.
    const volumes: Record<string, string> = {};
    for (const directory of directories) {
      const copy = path.join(images.directory, path.basename(directory));
      await runProgram("cp", ["-a", `${rootDirectory}${directory}`, copy]);
      volumes[directory] = copy;
    }
    const port = await freePort();
    const container = await start(image, {
      rootDirectory,
      workingDirectory: "/src",
      env: { PORT: String(port) },
      volumes,
    });
    await isHealthy(port, container);
    for (const time of ["once", "twice"]) {
      // As `skaffold dev` does it: a program in the container, with the image's user, removes the file and writes it again.
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
    // Written when the function ends, for the next start.
    expect(await filesBelow(volumes["/src/compiled"] ?? "")).to.not.be.empty;
    await isHealthy(port, container);
  });
});
