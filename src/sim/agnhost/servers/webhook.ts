import { textFrom } from '../../process/bytes.ts'
import type { Run, Subcommand } from '../program/program.ts'
import { type Admit, admitters, type Review } from './admitters.ts'
import {
  deliver,
  failure,
  headerOf,
  notFoundAnswer,
  requestPath,
  type ServedAnswer,
  type ServedRequest,
  textAnswer,
  typed,
} from './http.ts'

const delayMs = 5000

interface Delayed {
  readonly atMs: number
  readonly give: () => void
}

/** `webhook`: admits, refuses or changes what it is asked about, by the path that it is asked at. */
export const webhook: Subcommand = {
  flags: {
    'tls-cert-file': { takes: 'text', by: '' },
    'tls-private-key-file': { takes: 'text', by: '' },
    port: { takes: 'number', by: 443 },
    'sidecar-image': { takes: 'text', by: '' },
  },
  start(run) {
    const { flags, world } = run
    /** Whoever waits for them asks again when the program was saved. */
    const delayed = new Set<Delayed>()
    return {
      tcp: [flags.number('port')],
      wakeAtMs: () =>
        delayed.size === 0 ? undefined : Math.min(...[...delayed].map(({ atMs }) => atMs)),
      wake() {
        for (const each of [...delayed]) {
          if (each.atMs - world.nowMs() > 0.001) continue
          delayed.delete(each)
          each.give()
        }
      },
      answer(request, _port, give) {
        if (request.protocol !== 'http') return
        const answer = respond(run, request)
        const isSlow = requestPath(request) === '/always-allow-delay-5s'
        if (!isSlow) deliver(answer, give)
        else delayed.add({ atMs: world.nowMs() + delayMs, give: () => deliver(answer, give) })
      },
    }
  },
}

function respond({ flags }: Run, request: ServedRequest): ServedAnswer {
  const path = requestPath(request)
  if (path === '/readyz') return textAnswer('ok')
  const admit = Object.hasOwn(admitters, path) ? admitters[path] : undefined
  if (!admit) return notFoundAnswer()
  // Upstream's says nothing at all to other types.
  if (headerOf(request, 'content-type') !== 'application/json') return textAnswer('')
  return reviewed(request, admit, flags.text('sidecar-image'))
}

function reviewed({ body }: ServedRequest, admit: Admit, sidecarImage: string): ServedAnswer {
  const review = reviewIn(textFrom(body ?? new Uint8Array()))
  if (typeof review === 'string') return failure(400, review)
  const response = admit(review.request, sidecarImage)
  // One that never comes.
  if (response === 'never') return () => undefined
  const { apiVersion, kind, request } = review
  const { patch, ...rest } = response
  const patched =
    patch === undefined
      ? {}
      : { patch: Buffer.from(JSON.stringify(patch)).toString('base64'), patchType: 'JSONPatch' }
  const answer = { kind, apiVersion, response: { uid: request.uid, ...rest, ...patched } }
  return typed('application/json', JSON.stringify(answer))
}

/** The review in a body, or why there is none. */
function reviewIn(body: string): Review | string {
  try {
    // Cast: what the API server sends is a review; what is read of it is looked at below.
    const review = JSON.parse(body) as Partial<Review>
    const { apiVersion = '', kind = '', request } = review
    if (!/^admission\.k8s\.io\/v1(beta1)?$/.test(apiVersion) || kind !== 'AdmissionReview') {
      return `Unsupported group version kind: ${apiVersion}, Kind=${kind}`
    }
    return request ? { apiVersion, kind, request } : 'Request could not be decoded: no request'
  } catch (error) {
    return `Request could not be decoded: ${error instanceof Error ? error.message : ''}`
  }
}
