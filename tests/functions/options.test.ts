import { expect } from "chai";
import { parseOptions } from "../../functions/options.ts";

const [old, next] = ["the-token-of-old", "the-token-to-come"];

describe("the settings of the function", () => {
  const defaults = { port: 8080, logLevel: "info" };
  const good: {
    name: string;
    env: Record<string, string>;
    options: object;
  }[] = [
    { name: "nothing", env: {}, options: defaults },
    {
      name: "empty variables, as if they were absent",
      env: { PORT: "", LOG_LEVEL: "", WEBHOOK_TOKEN: "", TLS_CERT_DIR: "" },
      options: defaults,
    },
    {
      name: "all variables",
      env: {
        PORT: "9000",
        LOG_LEVEL: "debug",
        WEBHOOK_TOKEN: old,
        TLS_CERT_DIR: "/tls",
      },
      options: {
        port: 9000,
        logLevel: "debug",
        tokens: [old],
        certificateDirectory: "/tls",
      },
    },
    {
      name: "several tokens, so that one can be replaced",
      env: { WEBHOOK_TOKEN: `${old},${next}` },
      options: { ...defaults, tokens: [old, next] },
    },
    {
      name: "a file of tokens",
      env: { WEBHOOK_TOKEN_FILE: "/secret-path/token" },
      options: { ...defaults, tokenFile: "/secret-path/token" },
    },
  ];
  for (const { env, name, options } of good)
    it(`accept ${name}`, () => {
      expect(parseOptions(env)).to.deep.equal({ options });
    });

  const tokenProblem =
    "WEBHOOK_TOKEN holds a token that is not 16 to 128 of A-Z, a-z, 0-9, _ and -";
  const wrong: {
    name: string;
    env: Record<string, string>;
    problems: string[];
  }[] = [
    {
      name: "a port that is too large",
      env: { PORT: "70000" },
      problems: ["PORT must be <= 65535, not 70000"],
    },
    {
      name: "a short token, without showing it",
      env: { WEBHOOK_TOKEN: "hunter2" },
      problems: [tokenProblem],
    },
    {
      name: "a short token beside a good one, without showing either",
      env: { WEBHOOK_TOKEN: `${old},short` },
      problems: [tokenProblem],
    },
    {
      name: "tokens from a file and from the variable",
      env: { WEBHOOK_TOKEN: old, WEBHOOK_TOKEN_FILE: "/secret-path/token" },
      problems: [
        "WEBHOOK_TOKEN and WEBHOOK_TOKEN_FILE are both set; unset one of them",
      ],
    },
    {
      name: "everything that is wrong, at once",
      env: { PORT: "-1", LOG_LEVEL: "loud", WEBHOOK_TOKEN: "x/y" },
      problems: [
        'PORT must be integer, not "-1"',
        'LOG_LEVEL must be "debug" or "info" or "warn" or "error", not "loud"',
        tokenProblem,
      ],
    },
  ];
  for (const { env, name, problems } of wrong)
    it(`reject ${name}`, () => {
      expect(parseOptions(env)).to.deep.equal({ problems });
    });
});
