/** Labels of Kubernetes' own domains that kubelets set on their nodes (upstream: kubelet apis). */
const kubeletLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
])
const kubeletDomains = ['kubelet.kubernetes.io', 'node.kubernetes.io'] as const
const ownDomains = ['kubernetes.io', 'k8s.io'] as const

/** Of these label keys, those that only an administrator may set on a node; sorted. */
export function forbiddenLabels(keys: readonly string[]): readonly string[] {
  return keys.filter((key) => !kubeletLabels.has(key) && isReserved(key)).sort()
}

/** The keys whose values differ. */
export function modifiedLabels(
  a: Readonly<Record<string, string>> = {},
  b: Readonly<Record<string, string>> = {},
): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key])
}

function isReserved(key: string): boolean {
  const slash = key.indexOf('/')
  const domain = slash < 0 ? '' : key.slice(0, slash)
  const isOwn = ownDomains.some((own) => isWithin(domain, own))
  return isOwn && !kubeletDomains.some((free) => isWithin(domain, free))
}

function isWithin(domain: string, parent: string): boolean {
  return domain === parent || domain.endsWith(`.${parent}`)
}
