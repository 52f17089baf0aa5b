import type { CertificateSigningRequest } from '../../../generated/types/certificates-v1.ts'
import type { CertificateRequest } from './request.ts'

/** The signers of Kubernetes itself. */
export const kubernetesSigners = {
  apiServerClient: 'kubernetes.io/kube-apiserver-client',
  kubeletClient: 'kubernetes.io/kube-apiserver-client-kubelet',
  kubeletServing: 'kubernetes.io/kubelet-serving',
  legacyUnknown: 'kubernetes.io/legacy-unknown',
} as const

const nodesGroup = 'system:nodes'
const nodePrefix = 'system:node:'

type Usages = readonly string[]

/**
 * Why a signer of Kubernetes does not sign what is asked for; undefined where it does (upstream: the
 * `isRequestForSignerFn` of each signer). Other signers are somebody else's.
 */
export function signerRefusal(
  { signerName, usages = [] }: CertificateSigningRequest['spec'],
  request: CertificateRequest,
): string | undefined {
  switch (signerName) {
    case kubernetesSigners.apiServerClient:
      return clientUsages(usages)
    case kubernetesSigners.kubeletClient:
      return kubeletClientRefusal(usages, request)
    case kubernetesSigners.kubeletServing:
      return kubeletServingRefusal(usages, request)
    default:
      return undefined
  }
}

function clientUsages(usages: Usages): string | undefined {
  const foreign = usages.find(
    (usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage),
  )
  if (foreign !== undefined) return `invalid usage for client certificate: ${foreign}`
  return usages.includes('client auth')
    ? undefined
    : 'missing required usage for client certificate: client auth'
}

function kubeletClientRefusal(usages: Usages, request: CertificateRequest): string | undefined {
  if (!isOfNodes(request)) return 'subject organization is not system:nodes'
  const names = [
    ['DNS', request.dnsNames],
    ['Email', request.emailAddresses],
    ['IP', request.ipAddresses],
    ['URI', request.uris],
  ] as const
  const [named] = names.find(([, values]) => values.length > 0) ?? []
  if (named) return `${named} subjectAltNames are not allowed`
  return nameRefusal(request) ?? usagesRefusal(usages, 'client auth')
}

function kubeletServingRefusal(usages: Usages, request: CertificateRequest): string | undefined {
  if (!isOfNodes(request)) return 'subject organization is not system:nodes'
  if (request.dnsNames.length === 0 && request.ipAddresses.length === 0) {
    return 'DNS or IP subjectAltName is required'
  }
  if (request.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed'
  if (request.uris.length > 0) return 'URI subjectAltNames are not allowed'
  return usagesRefusal(usages, 'server auth') ?? nameRefusal(request)
}

function isOfNodes({ organizations }: CertificateRequest): boolean {
  return organizations.length === 1 && organizations[0] === nodesGroup
}

function nameRefusal({ commonName }: CertificateRequest): string | undefined {
  return commonName.startsWith(nodePrefix)
    ? undefined
    : `subject common name does not begin with ${nodePrefix}`
}

/** Keys that are not RSA's do without `key encipherment`. */
function usagesRefusal(usages: Usages, purpose: string): string | undefined {
  const given = new Set(usages)
  const required = [purpose, 'digital signature'].toSorted()
  const all = [...required, 'key encipherment'].toSorted()
  const isExactly = (wanted: readonly string[]) =>
    given.size === wanted.length && wanted.every((usage) => given.has(usage))
  return isExactly(all) || isExactly(required)
    ? undefined
    : `usages did not match [${all.join(' ')}]`
}
