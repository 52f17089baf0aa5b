import {
  type CertificateRequest,
  type CertificateSigningRequest,
  kubernetesSigners,
  parseCertificateRequest,
} from '#api'
import { messageOf } from '#lib'
import type { AdmissionAttributes } from '../../admission.ts'
import { objectAs, refuse } from '../../attributes.ts'

/** A kubelet asks for certificates of its own node alone. */
export function checkCertificateRequest(attributes: AdmissionAttributes, node: string): void {
  if (attributes.verb !== 'create') return
  const { spec } = objectAs<CertificateSigningRequest>(attributes.object ?? {})
  const { kubeletClient, kubeletServing } = kubernetesSigners
  if (spec.signerName !== kubeletClient && spec.signerName !== kubeletServing) return
  let request: CertificateRequest
  try {
    request = parseCertificateRequest(spec.request)
  } catch (error) {
    throw refuse(attributes, `unable to parse csr: ${messageOf(error)}`)
  }
  const name = `system:node:${node}`
  if (request.commonName === name) return
  throw refuse(attributes, `can only create a node CSR with CN=${name}`)
}
