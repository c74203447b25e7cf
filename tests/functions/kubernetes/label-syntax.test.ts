import { expect } from "chai";
import {
  isAnnotationKey,
  isLabelKey,
  isLabelValue,
} from "../../../functions/kubernetes/label-syntax.ts";

describe("label syntax", () => {
  const keys: [string, boolean][] = [
    ["app", true],
    ["App_1.x-y", true],
    ["app.kubernetes.io/name", true],
    ["a".repeat(63), true],
    [`${"a".repeat(253)}/b`, true],
    ["", false],
    ["/", false],
    ["a/", false],
    ["/a", false],
    ["a/b/c", false],
    ["a b", false],
    ["-a", false],
    ["a.", false],
    ["a".repeat(64), false],
    [`${"a".repeat(254)}/b`, false],
    ["Example.com/a", false],
    ["a\n", false],
  ];
  for (const [key, sound] of keys)
    it(`${sound ? "takes" : "rejects"} the key ${JSON.stringify(key.slice(0, 70))} of ${key.length} characters`, () => {
      expect(isLabelKey(key)).to.equal(sound);
    });

  it("takes capitals before the slash in the key of an annotation only", () => {
    expect(isAnnotationKey("Example.com/Key")).to.equal(true);
    expect(isAnnotationKey("a b")).to.equal(false);
  });

  const values: [string, boolean][] = [
    ["", true],
    ["v1.2_3-x", true],
    ["a".repeat(63), true],
    ["a".repeat(64), false],
    ["very fast", false],
    ["-x", false],
    ["x/y", false],
    ["x\n", false],
  ];
  for (const [value, sound] of values)
    it(`${sound ? "takes" : "rejects"} the value ${JSON.stringify(value)}`, () => {
      expect(isLabelValue(value)).to.equal(sound);
    });
});
