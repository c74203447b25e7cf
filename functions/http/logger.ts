/** Levels, the lowest first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

type Fields = Readonly<Record<string, unknown>>;

/** Writes one line for each event. */
export type Logger = Readonly<
  Record<LogLevel, (message: string, fields?: Fields) => void>
>;

/** A logger of JSON lines, `{"time","level","msg",...fields}`, without the lines below `level`. */
export function createLogger(
  level: LogLevel,
  write: (line: string) => void,
): Logger {
  const at =
    (weight: LogLevel) =>
    (message: string, fields: Fields = {}) => {
      if (LOG_LEVELS.indexOf(weight) < LOG_LEVELS.indexOf(level)) return;
      write(
        `${JSON.stringify({ time: new Date().toISOString(), level: weight, msg: message, ...fields })}\n`,
      );
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
}
