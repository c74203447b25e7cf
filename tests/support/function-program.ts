/**
 * The function as a program of its own, which tests can kill. The variables are those of the product, and two more: LEASE_MS, and
 * STALE_LISTS for a function that reads each pool once.
 */
import { createLogger } from "../../functions/http/logger.ts";
import { serveFunction } from "./function-on.ts";
import { staleReader } from "./stale-reader.ts";

const { KUBECONFIG, LEASE_MS, PORT, STALE_LISTS, TLS_CERT_DIR } = process.env;

const log = createLogger("info", (line) => process.stdout.write(line));
const { port } = await serveFunction(
  {
    kubeconfigPath: KUBECONFIG ?? "",
    certificates: TLS_CERT_DIR ?? "",
    port: Number(PORT),
    leaseMs: Number(LEASE_MS),
    ...(STALE_LISTS !== undefined && { throughReader: staleReader }),
  },
  log,
);
log.info("listening", { port });
