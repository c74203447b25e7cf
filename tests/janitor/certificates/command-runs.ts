import {
  readCertificate,
  readKeyPair,
} from "../../../janitor/certificates/certificate.ts";
import { reconcile } from "../../../janitor/certificates/reconcile.ts";
import type { Reconciled } from "../../../janitor/certificates/reconcile.ts";
import { FakeObjects, minute, optionsOf } from "./fake-objects.ts";

/** The labels of a Secret that is ours. */
export const MANAGED = {
  "app.kubernetes.io/managed-by": "stateful-deployments",
};

/** Runs of the certificates command, one after the other, on the same objects. */
export class CommandRuns {
  objects = new FakeObjects();
  /** What the last run wrote, and why. */
  written: string[] = [];

  async run(...argv: string[]): Promise<Reconciled> {
    const options = optionsOf(...argv);
    const written: string[] = [];
    this.written = written;
    return await reconcile(
      {
        objects: this.objects,
        sleep: () => Promise.resolve(),
        onWritten: ({ kind, why }) => written.push(`${kind}: ${why}`),
      },
      options,
      options,
      options.renew,
    );
  }

  /** The settle time passes, and a CronJob comes by. */
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
