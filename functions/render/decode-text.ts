/** Byte order marks of the encodings that kubectl knows besides UTF-8. */
const UTF_16: readonly (readonly [mark: string, encoding: string])[] = [
  ["fffe", "utf-16le"],
  ["feff", "utf-16be"],
];

/** The text of a file as kubectl decodes it: in UTF-16 if a byte order mark says so, else in UTF-8; without that mark. */
export function decodeText(bytes: Buffer): string {
  const mark = bytes.toString("hex", 0, 2);
  const [, encoding = "utf-8"] =
    UTF_16.find(([ofEncoding]) => ofEncoding === mark) ?? [];
  return new TextDecoder(encoding).decode(bytes);
}
