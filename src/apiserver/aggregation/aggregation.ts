import type { ApiRequest, ApiResponse } from '#machinery'
import { StatusError, serviceUnavailable } from '#machinery/status'
import type { Caches } from '../cache/caches.ts'
import type { Connection } from '../request/connection.ts'
import type { RequestContext } from '../request/request-context.ts'
import { type RequestInfo, requestInfoOf } from '../request/request-info.ts'
import {
  type Aggregator,
  type AggregatorOptions,
  createAggregator,
  type Remote,
} from './aggregator.ts'
import { forwardRequest, forwardUpgrade, serviceAway } from './forward.ts'

/** The part of the API that other servers answer for. */
export interface Aggregation extends Disposable {
  /** The group versions that they serve. The same list until something is different. */
  readonly remotes: readonly Remote[]
  /** The answer of another server; undefined for what this one answers. */
  answer(context: RequestContext, signal: AbortSignal): Promise<ApiResponse> | undefined
  /** The same for a request that is to leave HTTP; `filter` says who asks, and whether they may. */
  upgrade(request: ApiRequest, filter: Filter, signal: AbortSignal): Promise<Connection> | undefined
}

type Filter = (request: ApiRequest, info: RequestInfo) => Promise<RequestContext>

/** What aggregation stands on. */
export interface AggregationOptions extends Omit<AggregatorOptions, 'onChange'> {
  readonly caches: Caches
}

/** Follows the APIServices of a server, and sends requests on to the servers behind them. */
export function openAggregation({ caches, ...options }: AggregationOptions): Aggregation {
  const aggregator = createAggregator({ ...options, onChange: changesOf(caches) })
  return {
    get remotes() {
      return aggregator.remotes
    },
    answer(context, signal) {
      const remote = remoteFor(aggregator, context.info)
      return remote && forwardOrRefuse(options, remote, context, signal)
    },
    upgrade(request, filter, signal) {
      const info = requestInfoOf(request)
      const remote = remoteFor(aggregator, info)
      if (!remote) return undefined
      return filter(request, info).then((context) => {
        if (remote.isAvailable) return forwardUpgrade(options, remote, context, signal)
        return { kind: 'response', response: serviceAway() } as const
      })
    },
    [Symbol.dispose]: () => aggregator[Symbol.dispose](),
  }
}

function changesOf(caches: Caches): AggregatorOptions['onChange'] {
  return (handler) => {
    const commits = caches.onCommit(({ changes }) => handler(changes.map(({ key }) => key)))
    const reloads = caches.onReload(() => handler())
    return {
      [Symbol.dispose]() {
        commits[Symbol.dispose]()
        reloads[Symbol.dispose]()
      },
    }
  }
}

const openApi = '/openapi/v3/apis/'

/** The other server that a request is for: all below a group version, and its OpenAPI of version 3. */
function remoteFor(aggregator: Aggregator, info: RequestInfo): Remote | undefined {
  if (aggregator.remotes.length === 0) return undefined
  if (info.kind === 'resource') return aggregator.find(info.group, info.version)
  const { path } = info
  if (path.startsWith(openApi)) {
    const [group = '', version = ''] = path.slice(openApi.length).split('/')
    const remote = aggregator.find(group, version)
    return remote?.documents?.openApiV3 ? remote : undefined
  }
  const [root, group = '', version = ''] = path.split('/').slice(1)
  return root === 'apis' ? aggregator.find(group, version) : undefined
}

/** Sends a request on to a server that is there; says 503 of one that is not, in upstream's words. */
async function forwardOrRefuse(
  options: Omit<AggregatorOptions, 'onChange'>,
  remote: Remote,
  context: RequestContext,
  signal: AbortSignal,
): Promise<ApiResponse> {
  const { request } = context
  const isInProcess = request.user !== undefined && !request.isFromOutside
  try {
    if (!remote.isAvailable) throw serviceUnavailable('service unavailable')
    return await forwardRequest(options, remote, context, signal)
  } catch (error) {
    if (isInProcess || !(error instanceof StatusError)) throw error
    return serviceAway(error.message)
  }
}
