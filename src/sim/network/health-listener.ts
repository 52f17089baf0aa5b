import { healthAnswer, type ServiceHealthCheck } from '#network'
import type { Listener } from '../model/fabric.ts'

/** The node's answer to load balancers that ask for its endpoints of a Service. */
export function healthListener(check: ServiceHealthCheck): Listener {
  return {
    owner: 'kube-proxy',
    answer: async () => {
      const { status, headers, body } = healthAnswer(check)
      return { status, headers: Object.entries(headers), body: Buffer.from(body) }
    },
  }
}
