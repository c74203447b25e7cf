import { expect } from "chai";
import { isLabelSelector } from "../../../functions/contract/label-selector.ts";

const long = `${"a".repeat(253)}/${"b".repeat(63)}=${"c".repeat(63)}`;
const [longKey, longValue] = ["b".repeat(64), "c".repeat(64)];

const sound: Readonly<Record<string, readonly string[]>> = {
  "a key": ["app", "in", "!draft", "app,tier", "! draft,app"],
  "a value": ["app=orders", "app==orders", "app!=orders", "app=", long],
  "several requirements": ["app = orders , tier=nightly", "app=,tier"],
  "a key with a prefix": ["example.com/app=orders"],
  "a set": ["tier in (nightly,weekly)", "tier in(nightly)", "in in (in)"],
  "a set with tabs": ["tier\tnotin ( nightly , weekly )"],
  "empty values": ["tier in (,a)", "tier in (a,,b,,)", "tier in ()"],
  "a comparison": ["size>5,size<100"],
};
const unsound: Readonly<Record<string, readonly string[]>> = {
  "nothing at all": ["", " "],
  "an empty requirement": [",", "app,", ",app", "app,,tier", "=orders"],
  "two values": ["app=orders=blue", "app=or ders", "app===orders"],
  "no comma": ["app tier", "app=orders;tier=nightly", "app: orders"],
  "a wrong negation": ["app!", "app=!orders", "!app=orders", "!", "!-app"],
  "a wrong key": ["a/b/c=x", "Example.com/a=x", "-app=x", `${longKey}=x`],
  "a wrong value": ["app=-orders", `app=${longValue}`, "app=\u00a0orders"],
  "a set without a bracket": ["tier in a", "tier in a,b)", "tier in (", "t in"],
  "a set that does not end": ["tier in (nightly", "tier in (nightly weekly)"],
  "a wrong set": ["tier in (!)", "tier in (a))", "tier in ((a))"],
  "a wrong operator": ["tier IN (nightly)", "notin (nightly)"],
  "a wrong number": ["size>", "size>large", "size>-1", "size>1,"],
  "a large number": ["size>9223372036854775808"],
};

describe("isLabelSelector", () => {
  for (const [groups, takes] of [
    [sound, true],
    [unsound, false],
  ] as const)
    for (const [what, texts] of Object.entries(groups))
      it(`${takes ? "takes" : "rejects"} ${what}`, () => {
        for (const text of texts)
          expect(isLabelSelector(text), JSON.stringify(text)).to.equal(takes);
      });

  it("reads a quarter of a million characters in less than a second", () => {
    const length = 250_000;
    const before = process.cpuUsage();
    for (const text of [
      "a".repeat(length),
      "a,".repeat(length / 2),
      "a=(".repeat(length / 3),
      `a in (${"b,".repeat(length / 2)}`,
      "a in (b),".repeat(length / 9),
      "=!".repeat(length / 2),
    ])
      expect(isLabelSelector(text)).to.equal(false);
    const { user, system } = process.cpuUsage(before);
    // About 50 ms, whatever else the machine does; a quarter of a million squared would take a minute.
    expect((user + system) / 1_000).to.be.below(1_000);
  });
});
