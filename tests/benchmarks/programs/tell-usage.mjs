/** Node loads this before a measured program, which then says what it has used so far: on SIGUSR2, and at its end. */
function tellUsage() {
  // maxRSS is in KiB, the times are in microseconds.
  const { maxRSS, systemCPUTime, userCPUTime } = process.resourceUsage();
  const usage = {
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    memory: process.memoryUsage.rss() / 1024 ** 2,
    peakMemory: maxRSS / 1024,
  };
  process.stderr.write(`USAGE ${JSON.stringify(usage)}\n`);
}

process.on("SIGUSR2", tellUsage);
process.on("exit", tellUsage);
