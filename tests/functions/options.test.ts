import { expect } from "chai";
import { readSettings } from "../../functions/contract/settings.ts";
import { FUNCTION } from "../../functions/options.ts";

const [old, next] = ["the-token-of-old", "the-token-to-come"];

describe("the settings of the function", () => {
  const defaults = { port: 8080, logLevel: "info" };
  const empty = {
    PORT: "",
    LOG_LEVEL: "",
    WEBHOOK_TOKEN: "",
    TLS_CERT_DIR: "",
  };
  const good: [name: string, env: NodeJS.ProcessEnv, options: object][] = [
    ["nothing", {}, {}],
    ["empty variables, as if they were absent", empty, {}],
    ["a port", { PORT: "9000" }, { port: 9000 }],
    ["a log level", { LOG_LEVEL: "debug" }, { logLevel: "debug" }],
    ["a token", { WEBHOOK_TOKEN: old }, { tokens: [old] }],
    ["TLS", { TLS_CERT_DIR: "/tls" }, { certificateDirectory: "/tls" }],
    [
      "several tokens, so that one can be replaced",
      { WEBHOOK_TOKEN: `${old},${next}` },
      { tokens: [old, next] },
    ],
    [
      "a file of tokens",
      { WEBHOOK_TOKEN_FILE: "/secret-path/token" },
      { tokenFile: "/secret-path/token" },
    ],
  ];
  for (const [name, env, options] of good)
    it(`accept ${name}`, () => {
      expect(readSettings(FUNCTION, [], env)).to.deep.equal({
        kind: "run",
        options: { ...defaults, ...options },
        rest: [],
      });
    });

  const tokenProblem =
    "WEBHOOK_TOKEN: holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -";
  const wrong: [name: string, env: NodeJS.ProcessEnv, ...problems: string[]][] =
    [
      [
        "a port that is too large",
        { PORT: "70000" },
        "PORT: 70000 is above 65535",
      ],
      [
        "a short token beside a good one, without showing either",
        { WEBHOOK_TOKEN: `${old},short` },
        tokenProblem,
      ],
      [
        "tokens from a file and from the variable",
        { WEBHOOK_TOKEN: old, WEBHOOK_TOKEN_FILE: "/secret-path/token" },
        "WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them",
      ],
      [
        "everything that is wrong, at once",
        { PORT: "-1", LOG_LEVEL: "loud", WEBHOOK_TOKEN: "x/y" },
        "PORT: -1 is below 0",
        tokenProblem,
        'LOG_LEVEL: "loud" is none of debug, info, warn, error',
      ],
    ];
  for (const [name, env, ...problems] of wrong)
    it(`reject ${name}`, () => {
      expect(readSettings(FUNCTION, [], env)).to.deep.equal({
        kind: "invalid",
        problems,
      });
    });
});
