import type { KubeObject } from '#machinery'
import { quantityOf, zeroQuantity } from '#machinery/quantity'
import type { Service } from '../../../../generated/types/index.ts'
import { countName, one } from './counts.ts'
import type { QuotaEvaluator } from './evaluator.ts'

const resource = { group: '', plural: 'services' }
const names = new Set([
  countName(resource),
  'services',
  'services.nodeports',
  'services.loadbalancers',
])

/** Counts Services, their node ports and their balancers; the type of a Service may change. */
export const serviceEvaluator: QuotaEvaluator = {
  resource,
  handles: ({ verb, subresource }) =>
    subresource === '' && (verb === 'create' || verb === 'update'),
  matching: (asked) => [...asked].filter((name) => names.has(name)),
  matchesScope: () => false,
  missing: () => undefined,
  usage: (object) => {
    const service = asService(object)
    return new Map([
      [countName(resource), one],
      ['services', one],
      ['services.loadbalancers', service.spec?.type === 'LoadBalancer' ? one : zeroQuantity],
      ['services.nodeports', quantityOf(nodePortsOf(service))],
    ])
  },
  isRecounted: (before, after) => countedType(before) !== countedType(after),
}

/** As they are asked for: they may not have been given yet. */
function nodePortsOf({ spec }: Service): number {
  const ports = spec?.ports ?? []
  if (spec?.type === 'NodePort') return ports.length
  if (spec?.type !== 'LoadBalancer') return 0
  const isSuppressed = spec.allocateLoadBalancerNodePorts === false
  return isSuppressed ? ports.filter(({ nodePort }) => nodePort).length : ports.length
}

function countedType(object: KubeObject): string {
  const type = asService(object).spec?.type
  return type === 'NodePort' || type === 'LoadBalancer' ? type : ''
}

function asService(object: KubeObject): Service {
  // Cast: the evaluator is asked about objects of its resource alone.
  return object as Service
}
