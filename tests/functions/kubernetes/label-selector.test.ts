import { expect } from "chai";
import { isLabelSelector } from "../../../functions/kubernetes/label-selector.ts";

const SOUND = [
  "app",
  "app=orders",
  "app==orders",
  "app = orders , tier=nightly",
  "app!=orders",
  "app=",
  "app=,tier",
  "app,tier",
  "!draft",
  "! draft,app",
  "example.com/app=orders",
  "tier in (nightly,weekly)",
  "tier\tnotin ( nightly , weekly )",
  "tier in(nightly)",
  "tier in (,nightly)",
  "tier in (nightly,,weekly,,)",
  "tier in ()",
  "in in (in)",
  "in",
  "size>5,size<100",
  `${"a".repeat(253)}/${"b".repeat(63)}=${"c".repeat(63)}`,
];

const UNSOUND = [
  "",
  " ",
  ",",
  "app,",
  ",app",
  "app,,tier",
  "=orders",
  "app=orders=blue",
  "app=or ders",
  "app tier",
  "app!",
  "app===orders",
  "app=!orders",
  "!app=orders",
  "!",
  "!-app",
  "app=orders;tier=nightly",
  "app: orders",
  "a/b/c=x",
  "Example.com/app=orders",
  "-app=orders",
  "app=-orders",
  `app=${"c".repeat(64)}`,
  `${"b".repeat(64)}=orders`,
  "tier in nightly",
  "tier in nightly,weekly)",
  "tier in (",
  "tier in (!)",
  "tier in (nightly",
  "tier in (nightly weekly)",
  "tier in (nightly))",
  "tier in ((nightly))",
  "tier in",
  "tier IN (nightly)",
  "notin (nightly)",
  "size>",
  "size>large",
  "size>-1",
  "size>1,",
  "size>9223372036854775808",
  "app=\u00a0orders",
];

describe("isLabelSelector", () => {
  for (const [texts, sound] of [
    [SOUND, true],
    [UNSOUND, false],
  ] as const)
    for (const text of texts)
      it(`${sound ? "takes" : "rejects"} ${JSON.stringify(text.slice(0, 60))}`, () => {
        expect(isLabelSelector(text)).to.equal(sound);
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
