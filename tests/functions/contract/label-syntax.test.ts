import { expect } from "chai";
import {
  isAnnotationKey,
  isLabelKey,
  isLabelValue,
} from "../../../functions/contract/label-syntax.ts";

function a(count: number): string {
  return "a".repeat(count);
}

describe("label syntax", () => {
  const cases: [
    what: string,
    check: (text: string) => boolean,
    sound: readonly string[],
    unsound: readonly string[],
  ][] = [
    [
      "keys of labels",
      isLabelKey,
      ["app", "App_1.x-y", "app.kubernetes.io/name", a(63), `${a(253)}/b`],
      ["", "a b", "-a", "a.", "a\n", a(64), "/", "a/", "/a", "a/b/c"],
    ],
    [
      "DNS names before the slash in keys of labels",
      isLabelKey,
      ["example.com/A"],
      ["Example.com/a", `${a(254)}/b`],
    ],
    [
      "capitals before the slash in keys of annotations",
      isAnnotationKey,
      ["Example.com/Key"],
      ["a b"],
    ],
    [
      "values",
      isLabelValue,
      ["", "v1.2_3-x", a(63)],
      [a(64), "very fast", "-x", "x/y", "x\n"],
    ],
  ];
  for (const [what, check, sound, unsound] of cases)
    it(`takes ${what}, and rejects others`, () => {
      for (const text of sound) expect(check(text), text).to.equal(true);
      for (const text of unsound) expect(check(text), text).to.equal(false);
    });
});
