import { parseQuantity, quantityNumber } from '#machinery/quantity'
import type { Scene } from '../../input/scene.ts'
import { type ManifestChange, podSpecOf, templatePatch } from './change.ts'

/** Asks for no more than half of the largest node, so that there is one that fits. */
export const fittingRequests: ManifestChange = {
  name: 'requests',
  patches: (workload, scene) =>
    podSpecOf(workload).containers.flatMap(({ name, resources }) => {
      const requests = { ...resources?.limits, ...resources?.requests }
      const most = largest(scene)
      const changed = Object.fromEntries(
        (['cpu', 'memory'] as const).flatMap((resource) => {
          const asked = requests[resource]
          const tooMuch =
            asked !== undefined &&
            quantityNumber(parseQuantity(String(asked))) > most[resource].amount / 2
          return tooMuch ? [[resource, most[resource].half] as const] : []
        }),
      )
      if (Object.keys(changed).length === 0) return []
      const limits = Object.fromEntries(
        Object.entries(changed).filter(([resource]) => resources?.limits?.[resource] !== undefined),
      )
      const asks = Object.entries(changed).map(([resource, amount]) => `${amount} of ${resource}`)
      return [
        templatePatch(workload, 'requests', {
          text: `asks for ${asks.join(' and ')} for ${name} of ${workload.id}, which a node has`,
          spec: {
            containers: [
              {
                name,
                resources: {
                  requests: changed,
                  ...(Object.keys(limits).length > 0 ? { limits } : {}),
                },
              },
            ],
          },
        }),
      ]
    }),
}

function largest({ nodes }: Scene) {
  const cpus = Math.max(...nodes.map(({ cpus: each = 1 }) => each))
  const memory = Math.max(...nodes.map(({ memoryBytes = 2 ** 30 }) => memoryBytes))
  return {
    cpu: { amount: cpus, half: `${cpus * 500}m` },
    memory: { amount: memory, half: `${Math.floor(memory / 2 / 2 ** 20)}Mi` },
  }
}
