import { KubeConfig } from "@kubernetes/client-node";
import type { RequestContext } from "@kubernetes/client-node";

/**
 * client-node has an agent of its own for each request, and so a TLS handshake: a fifth of what the API server does in the
 * tests. For credentials that stay the same, which are those of a file without commands or tokens to renew.
 */
export class KeptConnections extends KubeConfig {
  /** By the name of the kubeconfig's context, whose credentials a connection carries. */
  readonly #kept = new Map<
    string,
    ReturnType<RequestContext["getDispatcher"]>
  >();

  override async applySecurityAuthentication(
    context: RequestContext,
  ): Promise<void> {
    await super.applySecurityAuthentication(context);
    const kept = this.#kept.get(this.currentContext);
    if (kept) context.setDispatcher(kept);
    else this.#kept.set(this.currentContext, context.getDispatcher());
  }
}
