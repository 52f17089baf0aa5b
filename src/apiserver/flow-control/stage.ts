import type { ApiRequest, ApiResponse, UserInfo } from '#machinery'
import type { RequestInfo } from '../request/request-info.ts'
import type { FlowControl, TurnedAway } from './flow-control.ts'

/** A request once it is known who asks. */
interface Identified {
  readonly request: ApiRequest
  readonly info: RequestInfo
  readonly user: UserInfo
}

const longSubresources: ReadonlySet<string> = new Set([
  'attach',
  'exec',
  'log',
  'portforward',
  'proxy',
])

/**
 * Answers a request that came over the wire once it has its seats, which it keeps until the answer is
 * sent; a watch keeps them until it has begun. Who is vouched for runs in this process and is not held
 * up, and what runs long takes no seat (upstream: `WithPriorityAndFairness`).
 */
export async function enterFlow(
  flowControl: FlowControl,
  identified: Identified,
  signal: AbortSignal,
  answer: () => Promise<ApiResponse>,
): Promise<ApiResponse> {
  const { request, info } = identified
  const isInProcess = request.user !== undefined && !request.isFromOutside
  if (isInProcess || isLong(info)) return answer()
  const entering = flowControl.enter(identified, signal)
  const entered = entering instanceof Promise ? await entering : entering
  if (entered.kind === 'turned-away') return tooMany(entered)
  const release = () => entered[Symbol.dispose]()
  let response: ApiResponse
  try {
    response = await answer()
  } catch (error) {
    release()
    throw error
  }
  const isOpen = response.body.kind === 'watch' || response.body.kind === 'stream'
  if (isOpen || !request.whenSent) release()
  else request.whenSent(release)
  return { ...response, headers: { ...response.headers, ...entered.headers } }
}

/** Upstream answers here with a text, not with a Status. */
function tooMany({ headers, retryAfterSeconds }: TurnedAway): ApiResponse {
  return {
    status: 429,
    headers: {
      ...headers,
      'retry-after': String(retryAfterSeconds),
      'x-content-type-options': 'nosniff',
    },
    body: {
      kind: 'bytes',
      contentType: 'text/plain; charset=utf-8',
      bytes: Buffer.from('Too many requests, please try again later.\n'),
    },
  }
}

function isLong(info: RequestInfo): boolean {
  return info.kind === 'resource' && info.verb !== 'watch' && longSubresources.has(info.subresource)
}
