import {
  readCertificate,
  readKeyPair,
} from "../../../janitor/certificates/decision/certificate.ts";
import type { ClusterObjects } from "../../../janitor/certificates/cluster-objects.ts";
import { readSettings } from "../../../functions/contract/settings.ts";
import { CERTIFICATES } from "../../../janitor/certificates/options.ts";
import { reconcile } from "../../../janitor/certificates/reconcile.ts";
import type { Reconciled } from "../../../janitor/certificates/reconcile.ts";
import { FakeObjects, minute } from "./fake-objects.ts";

/** Runs the command on these objects. Tells what it writes, and why. */
export async function runOn(
  objects: ClusterObjects,
  argv: readonly string[],
  onWritten: (write: string) => void = () => undefined,
): Promise<Reconciled> {
  const parsed = readSettings(CERTIFICATES, argv, {});
  if (parsed.kind !== "run") throw new Error(JSON.stringify(parsed));
  const { options } = parsed;
  return await reconcile(
    {
      objects,
      sleep: () => Promise.resolve(),
      onWritten: ({ kind, why }) => onWritten(`${kind}: ${why}`),
    },
    options,
    options,
    options.renew,
  );
}

/** Runs of the command, one after the other, on the same objects. */
export class CommandRuns {
  objects = new FakeObjects();
  /** What the last run wrote, and why. */
  written: string[] = [];

  async run(...argv: string[]): Promise<Reconciled> {
    const written: string[] = [];
    this.written = written;
    return await runOn(this.objects, argv, (write) => written.push(write));
  }

  /** A run after the settle time. */
  async later(...argv: string[]): Promise<Reconciled> {
    this.objects.now += 6 * minute;
    return await this.run(...argv);
  }

  authority(): ReturnType<typeof readCertificate> {
    return readCertificate(this.objects.value("webhook-ca", "tls.crt"));
  }

  serving(): ReturnType<typeof readKeyPair> {
    return readKeyPair({
      cert: this.objects.value("webhook-certificate", "tls.crt"),
      key: this.objects.value("webhook-certificate", "tls.key"),
    });
  }

  tokens(): string[] {
    return this.objects.value("webhook-token", "token").split(",");
  }
}
