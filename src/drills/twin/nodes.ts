import type { Node, Pod } from '#api'
import { parseQuantity, quantityNumber } from '#machinery/quantity'
import type { TwinNode } from './twin.ts'

/**
 * Describes the machines of a cluster. What pods that are left out ask for is taken away from a node, so that there
 * is as much room for the others as there was.
 */
export function twinNodes(
  nodes: readonly Node[],
  leftOutPods: readonly Pod[],
): readonly TwinNode[] {
  return nodes.map((node) => {
    const name = node.metadata?.name ?? ''
    const taken = leftOutPods.filter(({ spec }) => spec?.nodeName === name)
    const { allocatable = {} } = node.status ?? {}
    const cpus = amount(allocatable.cpu) - sum(taken, 'cpu')
    const taints = node.spec?.taints?.filter(({ key }) => !key.startsWith('node.kubernetes.io/'))
    return {
      name,
      cpus: Math.max(0, Math.floor(cpus * 1000) / 1000),
      memoryBytes: Math.max(0, Math.floor(amount(allocatable.memory) - sum(taken, 'memory'))),
      labels: node.metadata?.labels ?? {},
      ...(taints && taints.length > 0 ? { taints } : {}),
      ...(node.spec?.unschedulable ? { isCordoned: true } : {}),
    }
  })
}

function sum(pods: readonly Pod[], resource: string): number {
  return pods.reduce(
    (total, { spec }) =>
      total +
      (spec?.containers ?? []).reduce(
        (all, { resources }) => all + amount(resources?.requests?.[resource]),
        0,
      ),
    0,
  )
}

function amount(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : quantityNumber(parseQuantity(`${quantity}`))
}
