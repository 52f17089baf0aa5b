import { X509Certificate } from 'node:crypto'
import { type CertificateSigningRequest, certificateSigningRequests } from '#api'
import { messageOf } from '#lib'
import type { Stored } from '#machinery'
import { isNotFound } from '#machinery/status'
import type { Controller, ControllerContext } from '../runner/controller.ts'

const hourMs = 3_600_000
const pollingMs = hourMs
/** How long requests stay that were decided, and those that were not. */
const decidedMs = hourMs
const pendingMs = 24 * hourMs

/** Removes requests that nobody needs any more (upstream: certificates/cleaner). */
export const certificateCleanerController: Controller = {
  name: 'certificatesigningrequest-cleaner',
  workers: 0,
  permissions: [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests'],
      verbs: ['delete', 'get', 'list', 'watch'],
    },
  ],
  start({ informers, clock }) {
    const requests = informers.informer(certificateSigningRequests)
    return {
      watches: [],
      reconcile: async () => undefined,
      async background(context, signal) {
        await requests.whenSynced(signal)
        while (!signal.aborted) {
          const nowMs = clock.wallMs()
          for (const request of requests.list()) {
            if (isOver(request, nowMs)) await remove(request, context)
          }
          await clock.sleep(pollingMs, signal)
        }
      },
    }
  },
}

async function remove(
  { metadata: { name } }: Stored<CertificateSigningRequest>,
  { client, log }: ControllerContext,
): Promise<void> {
  try {
    await client.delete(certificateSigningRequests, { name })
  } catch (error) {
    if (isNotFound(error)) return
    log.warn('cannot remove a request', { request: name, error: messageOf(error) })
  }
}

/** Whether a request has been answered, or left unanswered, for so long that it may go. */
function isOver({ metadata, status }: Stored<CertificateSigningRequest>, nowMs: number) {
  const conditions = status?.conditions ?? []
  const isOlder = (time: string | undefined, ms: number) =>
    time !== undefined && nowMs - Date.parse(time) > ms
  const { certificate } = status ?? {}
  if (conditions.length === 0) return isOlder(metadata.creationTimestamp, pendingMs)
  return conditions.some(({ type, lastUpdateTime }) => {
    if (type === 'Denied' || type === 'Failed') return isOlder(lastUpdateTime, decidedMs)
    if (type !== 'Approved') return false
    if (!certificate) return isOlder(lastUpdateTime, pendingMs)
    return isOlder(lastUpdateTime, decidedMs) || hasExpired(certificate, nowMs)
  })
}

function hasExpired(certificate: string, nowMs: number): boolean {
  try {
    // Node 20 has no `validToDate`.
    const { validTo } = new X509Certificate(Buffer.from(certificate, 'base64'))
    return nowMs > Date.parse(validTo)
  } catch {
    return false
  }
}
