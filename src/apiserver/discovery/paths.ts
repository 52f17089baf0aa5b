import type { Descriptions } from '#api'
import { derivedFromLast, type MetricRegistry } from '#lib'
import {
  type ApiRequest,
  type ApiResponse,
  encodedFrom,
  type KubeObject,
  type Resource,
} from '#machinery'
import { genericServerResponse } from '#machinery/status'
import type { Remote } from '../aggregation/aggregator.ts'
import { mergedDiscovery, mergedGroup, mergedGroupList } from '../aggregation/merge.ts'
import { answerHealth, type HealthCheck } from '../monitoring/health.ts'
import { answerMetrics } from '../monitoring/metrics.ts'
import type { RequestContext } from '../request/request-context.ts'
import { pathNotFound } from '../served/path-not-found.ts'
import type { Served } from '../served/served.ts'
import { aggregated, apiResourceList, coreVersions, groupList, groupOf } from './discovery.ts'
import { createOpenApi } from './openapi.ts'
import { hashOf, tagged } from './tagged.ts'

export interface PathOptions {
  readonly served: Served
  readonly version: string
  readonly descriptions: Descriptions
  readonly healthChecks?: readonly HealthCheck[]
  readonly metrics: MetricRegistry
  /** The group versions that other servers answer for. */
  readonly remotes?: () => readonly Remote[]
}

/** Answers everything that is not a resource: discovery, OpenAPI, health, version. */
export function createPathAnswers(
  options: PathOptions,
): (context: RequestContext) => Promise<ApiResponse> {
  const { served, version, descriptions, healthChecks = [], remotes = () => none } = options
  const openApi = createOpenApi({ served, version, descriptions, remotes })
  const discoveryWith = derivedFromLast((others: readonly Remote[]) =>
    derivedFromLast((resources: readonly Resource[]) => createDiscovery(resources, others)),
  )
  return async ({ request }) => {
    const path = request.path.replace(/(.)\/$/, '$1')
    const health = await answerHealth(request, healthChecks)
    if (health) return health
    const answered =
      answerFixed(path, options) ??
      discoveryWith(remotes())(served.all)(path, request) ??
      openApi(request)
    if (!answered) throw pathNotFound()
    // Upstream has no route for other methods here.
    if (request.method !== 'GET') throw genericServerResponse({ code: 405, serverMessage: '' })
    return answered
  }
}

const none: readonly Remote[] = []

function answerFixed(
  path: string,
  { served, version, metrics }: PathOptions,
): ApiResponse | undefined {
  if (path === '/metrics') return answerMetrics(metrics)
  if (path === '/') return object({ paths: pathsOf(served.all) } as unknown as KubeObject)
  return path === '/version' ? object(versionInfo(version)) : undefined
}

type Discovery = (path: string, request: ApiRequest) => ApiResponse | undefined

/** What is answered until something else is served. Documents are made once, and then shared. */
function createDiscovery(resources: readonly Resource[], remotes: readonly Remote[]): Discovery {
  const made = new Map<string, ApiResponse>()
  const wholes = new Map<string, Whole>()
  return (path, request) => {
    const { headers } = request
    const isRoot = path === '/api' || path === '/apis'
    const isAggregated = isRoot && (headers.accept ?? '').includes('as=APIGroupDiscoveryList')
    if (path === '/api' && !isAggregated) return object(coreVersions(headers.host ?? ''))
    if (isAggregated) {
      const document = wholes.get(path) ?? wholeOf({ resources, remotes }, path)
      wholes.set(path, document)
      return tagged(request, document.hash, document.body)
    }
    const known = made.get(path)
    if (known) return known
    const answer = plain({ resources, remotes }, path)
    // What is not served is not remembered: anybody may ask for anything.
    if (answer) made.set(path, answer)
    return answer
  }
}

interface Everything {
  readonly resources: readonly Resource[]
  readonly remotes: readonly Remote[]
}

/** Definitions may stand below what other servers ask for, all else that is served here does not. */
function priorityIn(resources: readonly Resource[]): (group: string) => number {
  const defined = new Set(resources.filter(({ isCustom }) => isCustom).map(({ group }) => group))
  return (group) => (defined.has(group) ? definedPriority : Number.POSITIVE_INFINITY)
}

/** What upstream registers groups of definitions with. */
const definedPriority = 1000

function plain({ resources, remotes }: Everything, path: string): ApiResponse | undefined {
  if (path === '/apis') {
    return object(mergedGroupList(groupList(resources), remotes, priorityIn(resources)))
  }
  const [root, first = '', second] = path.split('/').slice(1)
  const found =
    root === 'api'
      ? apiResourceList(resources, '', first)
      : root === 'apis' && ofGroup({ resources, remotes }, first, second)
  return found ? object(found) : undefined
}

function ofGroup({ resources, remotes }: Everything, group: string, version: string | undefined) {
  if (version !== undefined) return apiResourceList(resources, group, version)
  const merged = mergedGroup(groupOf(resources, group), group, remotes)
  return merged && { kind: 'APIGroup', apiVersion: 'v1', ...merged }
}

function pathsOf(resources: readonly Resource[]): readonly string[] {
  const own = resources.map(({ group, version }) =>
    group === '' ? '/api/v1' : `/apis/${group}/${version}`,
  )
  const fixed = [
    '/.well-known/openid-configuration',
    '/api',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/openid/v1/jwks',
    '/readyz',
    '/version',
  ]
  return [...new Set([...fixed, ...own])].toSorted()
}

interface Whole {
  readonly hash: string
  readonly body: ApiResponse['body']
}

function wholeOf({ resources, remotes }: Everything, path: string): Whole {
  const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const isCore = path === '/api'
  const own = aggregated(resources, isCore)
  const value = encodedFrom(isCore ? own : mergedDiscovery(own, remotes, priorityIn(resources)))
  return { hash: hashOf(value.bytes), body: { kind: 'object', contentType, value } }
}

function object(value: KubeObject): ApiResponse {
  return { status: 200, headers: {}, body: { kind: 'object', value: encodedFrom(value) } }
}

function versionInfo(gitVersion: string): KubeObject {
  const [, major = '1', minor = '36'] = /^v(\d+)\.(\d+)/.exec(gitVersion) ?? []
  return {
    major,
    minor,
    emulationMajor: major,
    emulationMinor: minor,
    gitVersion,
    gitCommit: '',
    gitTreeState: 'clean',
    buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none',
    compiler: 'node',
    platform: 'linux/amd64',
  } as KubeObject
}
