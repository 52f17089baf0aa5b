import type { NodeRegistration } from '#node'
import { authenticated, type ControlPlane } from './control-plane.ts'

/** The registration of a node that runs in the control plane's own process. */
export function registrationIn(
  { transport, connectNode }: Pick<ControlPlane, 'transport' | 'connectNode'>,
  name: string,
): NodeRegistration {
  return {
    name,
    kubelet: { transport, user: authenticated(`system:node:${name}`, 'system:nodes') },
    proxy: { transport, user: authenticated('system:kube-proxy') },
    serve: (api, isReachable) => connectNode(name, api, isReachable),
  }
}
