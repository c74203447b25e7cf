import { SourceMap } from "node:module";

/** The second file of the bundle, which is read when the first stack is. */
const BESIDE_IT = "./seldom-used.cjs";

declare const require: (file: string) => {
  sourceMap?: () => ConstructorParameters<typeof SourceMap>[0];
};

let map: SourceMap | false | undefined;

/**
 * Stacks name the sources instead of the bundle, whose lines nobody can read. V8 asks for this when somebody reads a stack; until
 * then it costs nothing, where Node's --enable-source-maps reads the map at every start.
 */
Error.prepareStackTrace = (error, frames) =>
  [
    describe(error),
    ...frames.map((frame) => `    at ${inSources(frame)}`),
  ].join("\n");

function describe(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "an error that cannot be shown";
  }
}

/** The frame as V8 writes it, with the place in the sources. */
function inSources(frame: NodeJS.CallSite): string {
  const text = (frame as { toString(): string }).toString();
  if (frame.getFileName() !== import.meta.url) return text;
  const line = frame.getLineNumber();
  const column = frame.getColumnNumber();
  if (line === null || column === null) return text;
  map ??= readMap();
  if (!map) return text;
  const origin = map.findOrigin(line, column);
  if (!("fileName" in origin)) return text;
  return text.replace(
    `${import.meta.url}:${line}:${column}`,
    `${origin.fileName}:${origin.lineNumber}:${origin.columnNumber}`,
  );
}

/** False where the second file is missing: the frames still name their functions. */
function readMap(): SourceMap | false {
  try {
    const payload = require(BESIDE_IT).sourceMap?.();
    return payload ? new SourceMap(payload) : false;
  } catch {
    return false;
  }
}
