import path from "node:path";
import { findModuleFiles } from "../support/module-files.ts";

/**
 * The path of Skaffold's own JSON schema for an `apiVersion` such as `skaffold/v4beta13`, from the module that `schema/go.mod` pins.
 * The first call downloads it, about 45 MB, and keeps the schema alone in the user's cache directory.
 */
export async function findSchemaFile(apiVersion: string): Promise<string> {
  const version = apiVersion.replace("skaffold/", "");
  const [file] = await findModuleFiles({
    title: "The schemas of skaffold.yaml",
    name: `skaffold-schema-${version}`,
    pinned: path.join(import.meta.dirname, "schema"),
    sources: {
      "github.com/GoogleContainerTools/skaffold/v2": {
        directory: "docs-v2/content/en/schemas",
        files: new RegExp(`^${version}\\.json$`),
      },
    },
  });
  if (file === undefined)
    throw new Error(`there is no schema of ${apiVersion}`);
  return file;
}

if (import.meta.main) console.log(await findSchemaFile("skaffold/v4beta13"));
