import {
  type CertificateSigningRequest,
  certificateSigningRequests,
  kubernetesSigners,
  parseCertificateRequest,
  type SubjectAccessReview,
  signerRefusal,
  subjectAccessReviews,
} from '#api'
import type { Client } from '#client'
import { keyOf, type ObjectMeta, type Stored } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { hasAnswer } from './requests.ts'

const group = 'certificates.k8s.io'
const signerName = kubernetesSigners.kubeletClient

/** Who may have such a request approved, by the subresource that they may create. */
const recognizers = [
  {
    subresource: 'selfnodeclient',
    isOwn: true,
    message: 'Auto approving self kubelet client certificate after SubjectAccessReview.',
  },
  {
    subresource: 'nodeclient',
    isOwn: false,
    message: 'Auto approving kubelet client certificate after SubjectAccessReview.',
  },
] as const

/** Approves client certificates of kubelets, for whoever may have them (upstream: certificates/approver). */
export const certificateApprovingController: Controller = {
  name: 'certificatesigningrequest-approving',
  workers: 5,
  permissions: [
    {
      apiGroups: [group],
      resources: ['certificatesigningrequests'],
      verbs: ['get', 'list', 'watch'],
    },
    { apiGroups: [group], resources: ['certificatesigningrequests/approval'], verbs: ['update'] },
    {
      apiGroups: [group],
      resources: ['signers'],
      resourceNames: [signerName],
      verbs: ['approve'],
    },
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['subjectaccessreviews'],
      verbs: ['create'],
    },
  ],
  start({ informers }) {
    const requests = informers.informer(certificateSigningRequests)
    return {
      watches: [watching(certificateSigningRequests, (request) => [keyOf(request)])],
      async reconcile(key, { client }) {
        const request = requests.get(key)
        if (!request || isDecided(request)) return undefined
        const tried: string[] = []
        for (const { subresource, message } of recognizedBy(request)) {
          tried.push(subresource)
          if (!(await isAllowed(client, request, subresource))) continue
          await approve(client, request, message)
          return undefined
        }
        if (tried.length === 0) return undefined
        const text = `recognized csr "${key}" as [${tried.join(' ')}] but subject access review was not approved`
        throw new Error(text)
      },
    }
  },
}

function isDecided(request: CertificateSigningRequest): boolean {
  return (
    Boolean(request.status?.certificate) ||
    hasAnswer(request, 'Approved') ||
    hasAnswer(request, 'Denied')
  )
}

function recognizedBy({ spec }: CertificateSigningRequest) {
  if (spec.signerName !== signerName) return []
  const request = parseCertificateRequest(spec.request)
  if (signerRefusal(spec, request) !== undefined) return []
  return recognizers.filter(({ isOwn }) => !isOwn || spec.username === request.commonName)
}

async function isAllowed(
  client: Client,
  { spec }: CertificateSigningRequest,
  subresource: string,
): Promise<boolean> {
  const { username, uid, groups, extra } = spec
  const asked: SubjectAccessReview & { readonly metadata: ObjectMeta } = {
    metadata: {},
    spec: {
      ...(username && { user: username }),
      ...(uid && { uid }),
      ...(groups && { groups }),
      ...(extra && { extra }),
      resourceAttributes: {
        ...{ group, version: '*', resource: 'certificatesigningrequests' },
        ...{ verb: 'create', subresource },
      },
    },
  }
  const review = await client.create(subjectAccessReviews, asked)
  return review.status?.allowed ?? false
}

async function approve(
  client: Client,
  request: Stored<CertificateSigningRequest>,
  message: string,
): Promise<void> {
  const approved = { type: 'Approved', status: 'True', reason: 'AutoApproved', message }
  const conditions = [...(request.status?.conditions ?? []), approved]
  const status = { ...request.status, conditions }
  const changed = { ...request, status }
  await client.update(certificateSigningRequests, changed, { subresource: 'approval' })
}
