import { readFileSync } from "node:fs";

/** Node loads this before a measured program, which then says what it has used so far: on SIGUSR2, and at its end. */
function tellUsage() {
  // The times are in microseconds.
  const { systemCPUTime, userCPUTime } = process.resourceUsage();
  // In KiB. maxRSS of resourceUsage would be at least that of the process that started this one.
  const [, peak] = /^VmHWM:\s+(\d+) kB$/m.exec(
    readFileSync("/proc/self/status", "utf8"),
  );
  const usage = {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memory: process.memoryUsage.rss() / 1024 ** 2,
    peakMemory: Number(peak) / 1024,
  };
  process.stderr.write(`USAGE ${JSON.stringify(usage)}\n`);
}

process.on("SIGUSR2", tellUsage);
process.on("exit", tellUsage);
