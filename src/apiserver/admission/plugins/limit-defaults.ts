import type { Container, CoreV1, LimitRange, Pod } from '#api'

const annotation = 'kubernetes.io/limit-ranger'

type Amounts = Readonly<Record<string, string>>
interface Defaults {
  readonly limits: Amounts
  readonly requests: Amounts
}

/** The pod with a range's defaults where its containers say nothing, and a note of what was set. */
export function withDefaults(pod: Pod, range: LimitRange): Pod {
  const defaults = defaultsOf(range.spec?.limits ?? [])
  if (!pod.spec) return pod
  const notes: string[] = []
  const fill = (title: string) => (container: Container) =>
    filled(container, defaults, (kind, names) =>
      notes.push(`${names.join(', ')} ${kind} for ${title} ${container.name}`),
    )
  const containers = pod.spec.containers.map(fill('container'))
  const initContainers = pod.spec.initContainers?.map(fill('init container'))
  if (notes.length === 0) return pod
  const annotations = {
    ...pod.metadata?.annotations,
    [annotation]: `LimitRanger plugin set: ${notes.join('; ')}`,
  }
  return {
    ...pod,
    metadata: { ...pod.metadata, annotations },
    spec: { ...pod.spec, containers, ...(initContainers && { initContainers }) },
  }
}

function defaultsOf(limits: readonly CoreV1.LimitRangeItem[]): Defaults {
  const own = limits.filter(({ type }) => type === 'Container')
  return {
    limits: Object.assign({}, ...own.map((each) => each.default ?? {})),
    requests: Object.assign({}, ...own.map((each) => each.defaultRequest ?? {})),
  }
}

function filled(
  container: Container,
  defaults: Defaults,
  note: (kind: 'request' | 'limit', names: readonly string[]) => void,
): Container {
  const { limits = {}, requests = {} } = container.resources ?? {}
  const missingRequests = missing(defaults.requests, requests)
  const missingLimits = missing(defaults.limits, limits)
  if (missingRequests.length > 0) note('request', missingRequests)
  if (missingLimits.length > 0) note('limit', missingLimits)
  if (missingRequests.length + missingLimits.length === 0) return container
  const resources = {
    ...container.resources,
    ...(missingLimits.length + Object.keys(limits).length > 0 && {
      limits: { ...defaults.limits, ...limits },
    }),
    ...(missingRequests.length + Object.keys(requests).length > 0 && {
      requests: { ...defaults.requests, ...requests },
    }),
  }
  return { ...container, resources }
}

function missing(defaults: Amounts, present: Amounts): readonly string[] {
  return Object.keys(defaults)
    .filter((name) => present[name] === undefined)
    .sort()
}
