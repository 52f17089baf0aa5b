import {
  type CertificateRequest,
  type CertificateSigningRequest,
  certificateSigningRequests,
  kubernetesSigners,
  parseCertificateRequest,
  signerRefusal,
} from '#api'
import { keyOf, type Stored } from '#machinery'
import { type Controller, watching } from '../runner/controller.ts'
import { hasAnswer } from './requests.ts'

/** What a certificate says besides what was asked for. */
export interface CertificateTerms {
  readonly usages: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Unpredictable, and not negative. */
  readonly serialNumber: bigint
}

/** The authority of the cluster, which signs what its controllers find right. */
export interface CertificateSigner {
  /** When its own certificate ends; it signs nothing that lasts longer. */
  readonly notAfterMs: number
  /** The certificate in PEM. @throws Error when the request cannot be signed. */
  sign(request: CertificateRequest, terms: CertificateTerms): string
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
/** kube-controller-manager's cluster-signing-duration. */
const longestMs = 365 * 24 * hourMs
const shortestMs = 10 * minuteMs
/** For clients whose clocks are behind. */
const backdateMs = 5 * minuteMs
/** What lasts no longer than this is not cut short by what it is dated back. */
const shortMs = 8 * hourMs

const signers: readonly string[] = Object.values(kubernetesSigners)

/** Signs approved requests for the signers of Kubernetes (upstream: certificates/signer). */
export function certificateSigningController(signer: CertificateSigner): Controller {
  return {
    name: 'certificatesigningrequest-signing',
    workers: 5,
    permissions: [
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['certificatesigningrequests'],
        verbs: ['get', 'list', 'watch'],
      },
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['certificatesigningrequests/status'],
        verbs: ['update'],
      },
      {
        apiGroups: ['certificates.k8s.io'],
        resources: ['signers'],
        resourceNames: signers,
        verbs: ['sign'],
      },
    ],
    start({ informers, clock, random }) {
      const requests = informers.informer(certificateSigningRequests)
      const serialNumber = () => BigInt(`0x${random.uuid().replaceAll('-', '')}`)
      return {
        watches: [watching(certificateSigningRequests, (request) => [keyOf(request)])],
        async reconcile(key, { client }) {
          const request = requests.get(key)
          if (!request || !isToBeSigned(request)) return undefined
          const nowMs = clock.wallMs()
          const status = statusOf(request, signer, { nowMs, serialNumber })
          await client.update(
            certificateSigningRequests,
            { ...request, status: { ...request.status, ...status } },
            { subresource: 'status' },
          )
          return undefined
        },
      }
    },
  }
}

function isToBeSigned(request: Stored<CertificateSigningRequest>): boolean {
  return (
    !request.status?.certificate &&
    hasAnswer(request, 'Approved') &&
    !hasAnswer(request, 'Denied') &&
    !hasAnswer(request, 'Failed') &&
    signers.includes(request.spec.signerName)
  )
}

/** The certificate, or that there will be none. */
function statusOf(
  { spec, status }: CertificateSigningRequest,
  signer: CertificateSigner,
  { nowMs, serialNumber }: { readonly nowMs: number; readonly serialNumber: () => bigint },
): CertificateSigningRequest['status'] {
  const request = parseCertificateRequest(spec.request)
  const message = signerRefusal(spec, request)
  if (message !== undefined) {
    const failed = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message }
    return { conditions: [...(status?.conditions ?? []), failed] }
  }
  const lasts = validity(spec.expirationSeconds, nowMs, signer.notAfterMs)
  const terms = { usages: spec.usages ?? [], serialNumber: serialNumber(), ...lasts }
  return { certificate: Buffer.from(signer.sign(request, terms)).toString('base64') }
}

/** How long a certificate is good (upstream: `PermissiveSigningPolicy`). */
function validity(
  expirationSeconds: number | undefined,
  nowMs: number,
  signerNotAfterMs: number,
): Pick<CertificateTerms, 'notBeforeMs' | 'notAfterMs'> {
  if (nowMs >= signerNotAfterMs) throw new Error('the signer has expired')
  const asked = expirationSeconds === undefined ? longestMs : expirationSeconds * 1000
  const lastsMs = Math.min(Math.max(asked, shortestMs), longestMs)
  const endMs = nowMs + (lastsMs < shortMs ? lastsMs : lastsMs - backdateMs)
  return { notBeforeMs: nowMs - backdateMs, notAfterMs: Math.min(endMs, signerNotAfterMs) }
}
