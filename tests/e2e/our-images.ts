import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { images } from "./steps/overlay.ts";
import { runProgram } from "../control-plane/run-program.ts";

const repository = path.join(import.meta.dirname, "../..");
const imageScript = path.join(import.meta.dirname, "cluster/image");

/** What the last stage of a Dockerfile adds to its base. */
export interface FinalStage {
  readonly files: readonly { readonly from: string; readonly to: string }[];
  readonly user: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
}

/** Reads the last stage of a Dockerfile. Throws at an instruction that it does not know. */
export function readFinalStage(dockerfile: string): FinalStage {
  const lines = dockerfile
    .replaceAll(/\\\n/g, " ")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const start = lines.findLastIndex((line) => /^FROM\s/i.test(line));
  const files: { from: string; to: string }[] = [];
  const env: string[] = [];
  let user = "";
  let entrypoint: string[] = [];
  let directory = "/";
  for (const line of lines.slice(start + 1)) {
    const [, instruction = "", rest = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    switch (instruction.toUpperCase()) {
      case "COPY": {
        const names = rest
          .split(/\s+/)
          .filter((word) => !word.startsWith("--"));
        const to = names.pop() ?? "";
        const target = path.posix.resolve(directory, to);
        for (const from of names)
          files.push({
            from,
            to: to.endsWith("/")
              ? path.posix.join(target, path.posix.basename(from))
              : target,
          });
        break;
      }
      case "WORKDIR":
        directory = path.posix.resolve(directory, rest);
        break;
      case "USER":
        user = rest;
        break;
      case "ENV":
        env.push(...rest.split(/\s+/));
        break;
      case "ENTRYPOINT":
        entrypoint = JSON.parse(rest) as string[];
        break;
      case "ARG":
      case "LABEL":
      case "EXPOSE":
        break;
      default:
        throw new Error(`Dockerfile: ${instruction} is not understood`);
    }
  }
  return { files, user, env, entrypoint };
}

/**
 * Makes both images by their Dockerfiles, from the bundles in `dist/` and a base with only Node and its libraries, and imports
 * them into the node. Throws if a bundle is missing, and when it is aborted.
 */
export async function importOurImages(aborted: AbortSignal): Promise<void> {
  for (const [name, image] of Object.entries(images)) {
    const program = name.endsWith("/function") ? "functions" : "janitor";
    const stage = readFinalStage(
      await readFile(path.join(repository, program, "Dockerfile"), "utf8"),
    );
    const root = await mkdtemp(
      path.join(tmpdir(), "stateful-deployments-image-"),
    );
    try {
      for (const { from, to } of stage.files) {
        // An earlier stage has put the bundle somewhere; here it is that of `npm run build`.
        const file = from.slice(Math.max(0, from.indexOf("dist/")));
        const target = path.join(root, to);
        await mkdir(path.dirname(target), { recursive: true });
        await cp(path.join(repository, file), target, { recursive: true });
      }
      const { exitCode } = await runProgram(
        imageScript,
        [
          "--base",
          "node",
          ...stage.env.flatMap((variable) => ["--env", variable]),
          image,
          root,
          stage.user,
          ...stage.entrypoint,
        ],
        { showErrors: true, aborted },
      );
      if (exitCode !== 0) throw new Error(`${image} could not be imported`);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  }
}
