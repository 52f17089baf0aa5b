import {
  allContainersOf,
  amountsOf,
  type CoreV1,
  type PersistentVolumeClaim,
  type Pod,
  podLimits,
  podRequests,
  type ResourceAmounts,
} from '#api'
import {
  compareQuantities,
  formatQuantity,
  type Quantity,
  quantityNumber,
} from '#machinery/quantity'

type Limits = readonly CoreV1.LimitRangeItem[]

/** What is asked for, of one thing or of several together. */
interface Asked {
  readonly requests: ResourceAmounts
  readonly limits: ResourceAmounts
}

/** How a pod breaks the bounds of a LimitRange, as upstream words it. */
export function podViolations(pod: Pod, limits: Limits): readonly string[] {
  return limits.flatMap((limit) => {
    switch (limit.type) {
      case 'Container':
        return allContainersOf(pod.spec).flatMap(({ resources }) =>
          violations(limit, {
            requests: amountsOf(resources?.requests),
            limits: amountsOf(resources?.limits),
          }),
        )
      case 'Pod':
        return violations(limit, { requests: podRequests(pod), limits: podLimits(pod) })
      default:
        return []
    }
  })
}

/** How a claim breaks them. A claim has no limits: bounds are of what it requests. */
export function claimViolations(claim: PersistentVolumeClaim, limits: Limits): readonly string[] {
  const requests = amountsOf(claim.spec?.resources?.requests)
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((limit) => [
      ...each(limit.min, (name, bound) =>
        below({ usage: `minimum ${name} usage per ${limit.type}`, bound }, requests.get(name)),
      ),
      ...each(limit.max, (name, bound) => {
        const request = requests.get(name)
        const head = `maximum ${name} usage per ${limit.type} is ${formatQuantity(bound)}`
        if (!request) return `${head}.  No request is specified`
        return isLess(bound, request) ? `${head}, but request is ${text(request)}` : undefined
      }),
    ])
}

function violations(limit: CoreV1.LimitRangeItem, { requests, limits }: Asked): readonly string[] {
  const { type } = limit
  return [
    ...each(limit.min, (name, bound) =>
      below(
        { usage: `minimum ${name} usage per ${type}`, bound },
        requests.get(name),
        limits.get(name),
      ),
    ),
    ...each(limit.max, (name, bound) =>
      above(
        { usage: `maximum ${name} usage per ${type}`, bound },
        requests.get(name),
        limits.get(name),
      ),
    ),
    ...each(limit.maxLimitRequestRatio, (name, bound) =>
      ratio(
        { usage: `${name} max limit to request ratio per ${type}`, bound },
        requests.get(name),
        limits.get(name),
      ),
    ),
  ]
}

interface Bound {
  readonly usage: string
  readonly bound: Quantity
}

function below({ usage, bound }: Bound, request?: Quantity, limit?: Quantity): string | undefined {
  const head = `${usage} is ${text(bound)}`
  if (!request) return `${head}.  No request is specified`
  if (isLess(request, bound)) return `${head}, but request is ${text(request)}`
  return limit && isLess(limit, bound) ? `${head}, but limit is ${text(limit)}` : undefined
}

function above({ usage, bound }: Bound, request?: Quantity, limit?: Quantity): string | undefined {
  const head = `${usage} is ${text(bound)}`
  if (!limit) return `${head}.  No limit is specified`
  if (isLess(bound, limit)) return `${head}, but limit is ${text(limit)}`
  return request && isLess(bound, request) ? `${head}, but request is ${text(request)}` : undefined
}

function ratio({ usage, bound }: Bound, request?: Quantity, limit?: Quantity): string | undefined {
  const head = `${usage} is ${text(bound)}`
  if (!request || request.nanos === 0n)
    return `${head}, but no request is specified or request is 0`
  if (!limit || limit.nanos === 0n) return `${head}, but no limit is specified or limit is 0`
  const given = quantityNumber(limit) / quantityNumber(request)
  if (given <= quantityNumber(bound)) return undefined
  return `${head}, but provided ratio is ${given.toFixed(6)}`
}

function each(
  bounds: Readonly<Record<string, string>> | undefined,
  check: (name: string, bound: Quantity) => string | undefined,
): readonly string[] {
  return [...amountsOf(bounds)].flatMap(([name, bound]) => check(name, bound) ?? [])
}

function isLess(a: Quantity, b: Quantity): boolean {
  return compareQuantities(a, b) < 0
}

function text(quantity: Quantity): string {
  return formatQuantity(quantity)
}
