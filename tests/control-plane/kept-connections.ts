import { KubeConfig } from "@kubernetes/client-node";
import type { RequestContext } from "@kubernetes/client-node";

/**
 * client-node has an agent of its own for each request, and so a TLS handshake: a fifth of what the API server does in the
 * tests. For credentials that stay the same, which are those of a file without commands or tokens to renew.
 */
export class KeptConnections extends KubeConfig {
  #dispatcher: ReturnType<RequestContext["getDispatcher"]>;

  override async applySecurityAuthentication(
    context: RequestContext,
  ): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#dispatcher ??= context.getDispatcher();
    if (this.#dispatcher) context.setDispatcher(this.#dispatcher);
  }
}
