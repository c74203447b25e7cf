import { LineCounter, parseAllDocuments } from "yaml";
import type { Document, YAMLParseError } from "yaml";
import { isDeeperThan } from "../depth.ts";
import { messageOf } from "../message-of.ts";
import { isFields } from "../pod/claim-template/finding.ts";
import type { Fields } from "../pod/claim-template/finding.ts";
import { objectsIn } from "./list-items.ts";
import { locatorOf } from "./locate.ts";
import type { LocatedProblem } from "./located-problem.ts";
import type { ManifestFile } from "./manifest-files.ts";
import type { Manifest, ReadManifests } from "./manifest.ts";
import { plainScalarTag } from "./plain-scalars.ts";

/** Times that an anchor counts in one document, its own among them: more than any program writes, few enough that a hostile file cannot fill the memory. */
const MAX_ALIASES = 10_000;

/** The deepest fields of custom resources are some twenty levels down; more is an anchor that contains itself. */
const MAX_DEPTH = 100;
const TOO_DEEP = "is nested too deeply for a Kubernetes object";

/** Reads a file as kubectl does, with several documents and with Lists. */
export function readManifests({ file, text }: ManifestFile): ReadManifests {
  const lines = new LineCounter();
  const manifests: Manifest[] = [];
  const problems: LocatedProblem[] = [];
  const documents = parseAllDocuments(text, {
    schema: "failsafe",
    customTags: [plainScalarTag],
    merge: true,
    stringKeys: true,
    lineCounter: lines,
    prettyErrors: false,
    logLevel: "silent",
  });
  // Without any document it is an empty array all the same.
  for (const document of documents as Document.Parsed[]) {
    const locate = locatorOf({ document, lines, text });
    // More than the first are most often consequences of it.
    const [error] = document.errors;
    if (error) {
      const { line, col } = lines.linePos(error.pos[0]);
      const message = describeError(error);
      problems.push({ file, line, column: col, message });
      continue;
    }
    const object = objectOf(document);
    if (typeof object === "string")
      problems.push({ file, ...locate([]).place, message: object });
    if (typeof object !== "object") continue;
    const found = objectsIn({ file, object, locate });
    manifests.push(...found.manifests);
    problems.push(...found.problems);
  }
  return { manifests, problems };
}

/** The object in a document, nothing if it is empty, or what is wrong with it. */
function objectOf(document: Document.Parsed): Fields | string | undefined {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return `cannot be read: ${oneLine(messageOf(error))}`;
  }
  if (value === null || value === undefined) return undefined;
  if (isDeeperThan(MAX_DEPTH, value)) return TOO_DEEP;
  return isFields(value)
    ? value
    : "is not a Kubernetes object: it has no fields";
}

function describeError({ code, message }: YAMLParseError): string {
  if (code === "NON_STRING_KEY")
    return "has a key that is not a text; a Helm chart must be rendered first, by helm template";
  return code === "RESOURCE_EXHAUSTION"
    ? TOO_DEEP
    : `is not YAML: ${oneLine(message)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
