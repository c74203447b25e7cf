import {
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  parseDocument,
} from "yaml";
import type { Document, LineCounter, Node } from "yaml";
import type { PathStep } from "../pod/problem.ts";
import type { Position } from "./located-problem.ts";

/** A parsed document with the text that it came from. */
export interface ParsedDocument {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  readonly text: string;
}

/** A node, and where a reader looks for it: a value of a map at its key. */
interface Found {
  readonly node: unknown;
  readonly offset: number;
}

/**
 * The place of `path` in a document, or of the nearest thing around it when there is nothing at its end. `inside` goes on
 * within a text there that is YAML itself, as far as its lines can be told.
 */
export function locate(
  parsed: ParsedDocument,
  path: readonly PathStep[],
  inside: readonly PathStep[] = [],
): Position {
  const { found, complete } = follow(parsed.document, path);
  const place = positionOf(parsed.lines, found.offset);
  return (
    (complete && inside.length > 0
      ? locateInside(parsed, found.node, inside)
      : undefined) ?? place
  );
}

function follow(
  document: Document,
  path: readonly PathStep[],
): { readonly found: Found; readonly complete: boolean } {
  const { contents } = document;
  let found: Found = {
    node: contents,
    offset: startOf(contents) ?? document.range?.[0] ?? 0,
  };
  for (const step of path) {
    const child = childOf(resolved(found.node, document), step);
    if (child === undefined) return { found, complete: false };
    found = child;
  }
  return { found, complete: true };
}

function childOf(node: unknown, step: PathStep): Found | undefined {
  if (!isCollection(node)) return undefined;
  if (isMap(node)) {
    const pair = node.items.find(
      ({ key }) => String(isScalar(key) ? key.value : key) === String(step),
    );
    const offset = pair && (startOf(pair.key) ?? startOf(pair.value));
    return offset === undefined ? undefined : { node: pair?.value, offset };
  }
  const item: unknown = node.items[Number(step)];
  const offset = isPair(item) ? startOf(item.key) : startOf(item);
  return offset === undefined ? undefined : { node: item, offset };
}

/** Only the lines of a literal block scalar, `|`, stand in the file as they are in the text. */
function locateInside(
  { lines, text, document }: ParsedDocument,
  node: unknown,
  inside: readonly PathStep[],
): Position | undefined {
  const scalar = resolved(node, document);
  if (
    !isScalar<string>(scalar) ||
    scalar.type !== "BLOCK_LITERAL" ||
    scalar.range == null
  )
    return undefined;
  const inner = parseDocument(scalar.value, { logLevel: "silent" });
  const { offset } = follow(inner, inside).found;
  const before = scalar.value.slice(0, offset).split("\n");
  const lineInside = scalar.value.split("\n")[before.length - 1] ?? "";
  const line = positionOf(lines, scalar.range[0]).line + before.length;
  const lineOutside = text.split("\n", line).at(-1)?.replace(/\r$/, "") ?? "";
  return {
    line,
    column:
      lineOutside.length - lineInside.length + (before.at(-1)?.length ?? 0) + 1,
  };
}

function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
