import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { runProgram } from "../support/run-program.ts";
import { copyBuildContext } from "./build-context.ts";
import type { BuildContext } from "./build-context.ts";
import { createImageStore, whyNoImages } from "./buildah.ts";
import type { BuildOptions, BuiltImage, ImageStore } from "./buildah.ts";
import { startContainer } from "./container.ts";
import type { Container, ContainerOptions } from "./container.ts";
import { npmCache } from "./npm-cache.ts";
import { makeBase, makeBuildBase } from "./local-base.ts";

/** Names of images made here; nothing answers at `localhost`, and nothing asks. */
export const base = "localhost/base";
const buildBase = "localhost/build-base";

/** What a test of the images works with; filled by its `before` hook. */
export interface ImageSuite {
  /** Temporary; goes with the suite. */
  directory: string;
  /** What the base image is made of. */
  baseDirectory: string;
  context: BuildContext;
  images: ImageStore;
  /** Builds the image of a program from its bundle, or as `over` says. */
  build(
    program: "functions" | "janitor",
    over?: Partial<BuildOptions>,
  ): Promise<BuiltImage>;
  /** What a build needs that runs npm: a cache with all packages, since it has no network. */
  npmVolumes(): Promise<Record<string, string>>;
  /** Starts a container; it ends with the suite. */
  start(
    image: BuiltImage,
    options: Omit<ContainerOptions, "config">,
  ): Promise<Container>;
}

/** Makes a base image and the bundles for the suite in which it is called, or skips it and says why. */
export function imageSuite(): ImageSuite {
  const suite = {} as ImageSuite;
  const containers: Container[] = [];
  let packing: Promise<void> | undefined;
  let cache = "";

  before(async function () {
    const why = await whyNoImages();
    if (why !== undefined) {
      process.stderr.write(`Skipping "${this.test?.parent?.title}": ${why}\n`);
      this.skip();
    }
    suite.directory = await mkdtemp(
      path.join(tmpdir(), "stateful-deployments-images-"),
    );
    suite.images = createImageStore(path.join(suite.directory, "store"));
    cache = await npmCache(suite.directory);
    suite.context = await copyBuildContext(suite.directory);
    suite.baseDirectory = path.join(suite.directory, "base");
    await makeBase(suite.baseDirectory);
    await suite.images.pack(base, suite.baseDirectory);
  });

  after(async () => {
    for (const container of containers) await container.signal("KILL");
    await Promise.all(containers.map(({ exited }) => exited));
    await suite.images?.remove();
    if (suite.directory !== undefined)
      await runProgram("rm", ["-rf", suite.directory]);
  });

  const packBuildBase = async (): Promise<void> => {
    const root = path.join(suite.directory, "build-base");
    await makeBuildBase(root);
    await suite.images.pack(buildBase, root, {
      npm_config_offline: "true",
      npm_config_cache: "/npm-cache",
    });
  };

  suite.build = async (program, over) =>
    await suite.images.build(`localhost/${program}`, {
      context: suite.context.directory,
      dockerfile: path.join(suite.context.directory, program, "Dockerfile"),
      stages: { build: suite.context.builtStage },
      buildArgs: { BASE_IMAGE: base, BUILD_IMAGE: buildBase },
      ...over,
    });
  suite.npmVolumes = async () => {
    packing ??= packBuildBase();
    await packing;
    return { "/npm-cache": cache };
  };
  suite.start = async (image, options) => {
    const container = await startContainer(suite.directory, {
      ...options,
      config: image.config,
    });
    containers.push(container);
    return container;
  };
  return suite;
}
