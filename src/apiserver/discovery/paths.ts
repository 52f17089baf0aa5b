import type { Descriptions } from '#api'
import {
  type ApiRequest,
  type ApiResponse,
  encodedFrom,
  type KubeObject,
  type Resource,
} from '#machinery'
import { answerHealth, type HealthCheck } from '../health.ts'
import type { Metrics } from '../metrics.ts'
import { pathNotFound } from '../path-not-found.ts'
import type { Passage } from '../pipeline.ts'
import { aggregated, coreVersions, groupList, groupOf, resourceList } from './discovery.ts'
import { createOpenApi } from './openapi.ts'

export interface PathOptions {
  readonly resources: readonly Resource[]
  readonly version: string
  readonly descriptions: Descriptions
  readonly healthChecks?: readonly HealthCheck[]
  readonly metrics: Metrics
}

/** Answers everything that is not a resource: discovery, OpenAPI, health, version. */
export function createPathAnswers(
  options: PathOptions,
): (passage: Passage) => Promise<ApiResponse> {
  const { resources, version, descriptions, healthChecks = [] } = options
  const openApi = createOpenApi(resources, version, descriptions)
  const checks = [ping, ...healthChecks]
  return async ({ request }) => {
    const path = request.path.replace(/(.)\/$/, '$1')
    const answered =
      answerFixed(path, options) ??
      answerDiscovery(path, request, resources) ??
      openApi(request) ??
      (await answerHealth(request, checks))
    if (answered) return answered
    throw pathNotFound()
  }
}

const ping: HealthCheck = { name: 'ping', check: () => undefined }

function answerFixed(
  path: string,
  { resources, version, metrics }: PathOptions,
): ApiResponse | undefined {
  if (path === '/metrics') return metrics.answer()
  if (path === '/') return object({ paths: pathsOf(resources) } as unknown as KubeObject)
  return path === '/version' ? object(versionInfo(version)) : undefined
}

function answerDiscovery(
  path: string,
  request: ApiRequest,
  resources: readonly Resource[],
): ApiResponse | undefined {
  const isAggregated = (request.headers.accept ?? '').includes('as=APIGroupDiscoveryList')
  if (path === '/api') {
    return isAggregated
      ? whole(aggregated(resources, true))
      : object(coreVersions(request.headers.host ?? ''))
  }
  if (path === '/apis') {
    return isAggregated ? whole(aggregated(resources, false)) : object(groupList(resources))
  }
  const [root, first = '', second] = path.split('/').slice(1)
  const found =
    root === 'api'
      ? resourceList(resources, '', first)
      : root === 'apis' && ofGroup(resources, first, second)
  return found ? object(found) : undefined
}

function ofGroup(resources: readonly Resource[], group: string, version: string | undefined) {
  return version === undefined ? groupOf(resources, group) : resourceList(resources, group, version)
}

function pathsOf(resources: readonly Resource[]): readonly string[] {
  const own = resources.map(({ group, version }) =>
    group === '' ? '/api/v1' : `/apis/${group}/${version}`,
  )
  const fixed = [
    '/api',
    '/apis',
    '/healthz',
    '/livez',
    '/metrics',
    '/openapi/v2',
    '/openapi/v3',
    '/readyz',
    '/version',
  ]
  return [...new Set([...fixed, ...own])].toSorted()
}

function whole(list: KubeObject): ApiResponse {
  const contentType = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  const bytes = Buffer.from(JSON.stringify(list))
  return { status: 200, headers: {}, body: { kind: 'bytes', contentType, bytes } }
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
