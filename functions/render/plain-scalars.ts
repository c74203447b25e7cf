import type { ScalarTag } from "yaml";

/** With these a text begins that kubectl may take for something else. */
const CANDIDATE = /^(?:$|[-+.~\dfFnNoOtTyY])/;

const WORDS: ReadonlyMap<string, boolean | null> = new Map(
  (
    [
      [true, "y Y yes Yes YES true True TRUE on On ON"],
      [false, "n N no No NO false False FALSE off Off OFF"],
      [null, "~ null Null NULL"],
    ] as const
  ).flatMap(([value, words]) =>
    words.split(" ").map((word) => [word, value] as const),
  ),
);

const INTEGER = /^([-+]?)(0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/;
const OCTAL = /^0[oO]?(?=[0-7])/;
const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;

/**
 * What kubectl takes an unquoted text for: YAML 1.1 but for times and numbers to the base of 60, so that `on` is true, 0644 is
 * octal, 1_000 a thousand, and 22:30 a text. https://github.com/yaml/go-yaml/blob/v2.4.0/resolve.go
 */
export function plainScalar(text: string): unknown {
  if (text === "") return null;
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const digits = text.replaceAll("_", "");
  const [, sign, integer] = INTEGER.exec(digits) ?? [];
  if (integer !== undefined) {
    const value = Number(integer.replace(OCTAL, "0o"));
    return sign === "-" ? -value : value;
  }
  return FLOAT.test(digits) ? Number(digits) : text;
}

/** Numbers of YAML that JSON has no word for, and kubectl makes JSON of everything. */
const NOT_IN_JSON = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** What a value is said to be by a tag, in quotes or not. */
export const explicitTags: readonly ScalarTag[] = [
  ...["bool", "float", "int", "null"].map((name): ScalarTag => ({
    tag: `tag:yaml.org,2002:${name}`,
    resolve: plainScalar,
  })),
  {
    tag: "tag:yaml.org,2002:binary",
    resolve: (text) => Buffer.from(text, "base64").toString(),
  },
];

/** All of that in one tag: the parser's own would try a dozen patterns on every text in the file. */
export const plainScalarTag: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: CANDIDATE,
  resolve: (text, onError) => {
    if (NOT_IN_JSON.test(text))
      onError(`${text} is no number of JSON; write it in quotes`);
    return plainScalar(text);
  },
};
