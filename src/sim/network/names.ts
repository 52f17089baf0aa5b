/** A name of the cluster's own domain, taken apart. */
export type ClusterName =
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  /** A pod of a headless Service: `web-0.web.default.svc.cluster.local`. */
  | {
      readonly kind: 'pod'
      readonly namespace: string
      readonly service: string
      readonly hostname: string
    }

export interface NameScope {
  /** `cluster.local`. */
  readonly domain: string
  /** Of the pod that asks: its search path begins there. */
  readonly namespace?: string
}

/**
 * What a name may mean to a pod, the likeliest first, as its resolver would try its search path
 * (`ns.svc.domain`, `svc.domain`, `domain`). Empty for names outside the cluster's domain.
 */
export function clusterNames(
  name: string,
  { domain, namespace }: NameScope,
): readonly ClusterName[] {
  const labels = name.toLowerCase().replace(/\.$/, '')
  const searches = [namespace && `${namespace}.svc.${domain}`, `svc.${domain}`, domain]
  const qualified = searches.flatMap((search) => (search ? [`${labels}.${search}`] : []))
  return [...qualified, labels].flatMap((candidate) => {
    const found = absoluteName(candidate, domain)
    return found ? [found] : []
  })
}

function absoluteName(name: string, domain: string): ClusterName | undefined {
  const suffix = `.svc.${domain}`
  if (!name.endsWith(suffix)) return undefined
  const labels = name.slice(0, -suffix.length).split('.')
  if (labels.includes('svc') || labels.includes('')) return undefined
  const [first, second, third, ...rest] = labels
  if (first === undefined || second === undefined || rest.length > 0) return undefined
  if (third === undefined) return { kind: 'service', service: first, namespace: second }
  return { kind: 'pod', hostname: first, service: second, namespace: third }
}

/** Puts a name of the cluster together again, as DNS has it. */
export function nameOf(name: ClusterName, domain: string): string {
  const { namespace, service } = name
  const host = name.kind === 'pod' ? `${name.hostname}.` : ''
  return `${host}${service}.${namespace}.svc.${domain}`
}
