import type { RequestContext } from '../request/request-context.ts'
import type { RequestInfo } from '../request/request-info.ts'
import { tooManyRequests } from '../request/too-many-requests.ts'

/** How many requests may be answered at once (upstream: `--max-requests-inflight` and its sibling). */
export interface InFlightLimits {
  /** Requests that only read. */
  readonly reading: number
  readonly mutating: number
}

/** The limits of a server that is given none: upstream's. */
const inFlightLimits: InFlightLimits = Object.freeze({ reading: 400, mutating: 200 })

/** Counts the requests in flight. */
export interface RequestsInFlight {
  /**
   * Takes a place until it is disposed of.
   * @throws StatusError 429 when there is none, except for administrators, who always get an answer.
   */
  enter(context: Pick<RequestContext, 'info' | 'user' | 'request'>): Disposable
}

const readingVerbs: ReadonlySet<string> = new Set(['get', 'list'])
const longSubresources: ReadonlySet<string> = new Set([
  'attach',
  'exec',
  'log',
  'portforward',
  'proxy',
])

const free: Disposable = { [Symbol.dispose]: () => undefined }

/** Counts those that came over the wire, apart from what runs long (upstream: `WithMaxInFlightLimit`). */
export function limitInFlight(limits: InFlightLimits = inFlightLimits): RequestsInFlight {
  const counts = { reading: 0, mutating: 0 }
  return {
    enter({ info, user, request }) {
      // Whoever is vouched for runs in this process.
      if (request.user || isLong(info)) return free
      const kind = readingVerbs.has(info.verb) ? 'reading' : 'mutating'
      if (counts[kind] >= limits[kind]) {
        if (user.groups.includes('system:masters')) return free
        throw tooManyRequests()
      }
      counts[kind]++
      return { [Symbol.dispose]: () => counts[kind]-- }
    },
  }
}

function isLong(info: RequestInfo): boolean {
  if (info.kind === 'path') return false
  return info.verb === 'watch' || longSubresources.has(info.subresource)
}
