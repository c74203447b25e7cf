import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { format, resolveConfig } from "prettier";
import { commandsOf, runBlock } from "../../support/install-manual.ts";
import { removeHello } from "./services.ts";

/** Installs the product as its manual says, and removes it after `work`, also when that fails. */
export async function withInstalled(work: () => Promise<void>): Promise<void> {
  const overlay = process.env["E2E_OVERLAY"] ?? "manifests/overlays/kourier";
  try {
    for (const block of await commandsOf("Install"))
      await runBlock(block, { overlay });
    await work();
  } finally {
    await removeHello();
    const blocks = await commandsOf("Uninstall");
    for (const block of [blocks[0], blocks.at(-1)]) await runBlock(block ?? "");
  }
}

/** Writes a page of docs/benchmarks, or only prints it when `enough` is false: others may rely on its figures. */
export async function publish(
  name: string,
  page: string,
  enough: boolean,
): Promise<void> {
  const file = path.join(import.meta.dirname, "../../../docs/benchmarks", name);
  const text = await format(page, {
    ...(await resolveConfig(file)),
    filepath: file,
  });
  if (!enough) {
    console.log(`${text}\nnot written: too few rounds`);
    return;
  }
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  console.log(`written: ${path.relative(process.cwd(), file)}`);
}
