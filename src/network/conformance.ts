import assert from 'node:assert/strict'
import type { Dialer, DialHttpRequest, DialTarget } from './model/dialer.ts'
import type { ServiceTable } from './model/service-table.ts'
import { emptyServiceTable, type ServiceEndpoint, type ServicePort } from './model/service-table.ts'

/** One sentence that every Network must make true. `run` throws when it does not. */
export interface NetworkConformanceCase<Subject> {
  readonly name: string
  run(subject: Subject): Promise<void>
}

/** What a server answers on one path; on any other path it answers 404. */
export interface ScriptedAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A Dialer under test, with servers for it to reach. */
export interface DialSubject {
  readonly dial: Dialer
  /** Starts an HTTP server on an IP address. */
  serveHttp(answers: Readonly<Record<string, ScriptedAnswer>>): Promise<DialTarget>
  /** A port where nothing listens. */
  closed(): Promise<DialTarget>
  /** A port that accepts connections and never says anything. */
  silent(): Promise<DialTarget>
  /** Awaits while time passes; virtual time is moved until the work is done. */
  settle<T>(work: Promise<T>): Promise<T>
}

const signal = new AbortController().signal

function get(
  target: DialTarget,
  path: string,
  changes: Partial<DialHttpRequest> = {},
): DialHttpRequest {
  return {
    ...target,
    scheme: 'http',
    path,
    method: 'GET',
    headers: [['User-Agent', 'kube-probe/1.36']],
    timeoutMs: 5000,
    bodyLimitBytes: 10 << 10,
    redirects: 'sameHost',
    ...changes,
  }
}

const at = ({ host, port }: DialTarget): string => `${host}:${port}`

/** What every Dialer must do. */
export const dialConformance: readonly NetworkConformanceCase<DialSubject>[] = Object.freeze([
  {
    name: 'an answer is handed over with status, headers and body',
    run: async ({ dial, serveHttp, settle }: DialSubject) => {
      const server = await serveHttp({
        '/healthz?full': { status: 503, headers: { 'X-Why': 'loading' }, body: 'not yet' },
      })
      const outcome = await settle(dial.http(get(server, '/healthz?full'), signal))
      assert.ok(outcome.kind === 'answered')
      assert.equal(outcome.status, 503)
      assert.equal(new TextDecoder().decode(outcome.body), 'not yet')
      assert.equal(outcome.headers.find(([name]) => name === 'x-why')?.[1], 'loading')
    },
  },
  {
    name: 'a long body is cut at the limit',
    run: async ({ dial, serveHttp, settle }: DialSubject) => {
      const server = await serveHttp({ '/': { status: 200, body: 'x'.repeat(1 << 20) } })
      const outcome = await settle(dial.http(get(server, '/'), signal))
      assert.ok(outcome.kind === 'answered')
      assert.equal(outcome.body.length, 10 << 10)
    },
  },
  {
    name: 'a closed port is refused in the words of Go',
    run: async ({ dial, closed, settle }: DialSubject) => {
      const target = await closed()
      assert.deepEqual(await settle(dial.http(get(target, '/heartbeat'), signal)), {
        kind: 'failed',
        stage: 'connect',
        message: `Get "http://${at(target)}/heartbeat": dial tcp ${at(target)}: connect: connection refused`,
      })
      assert.deepEqual(await settle(dial.tcp({ ...target, timeoutMs: 5000 }, signal)), {
        kind: 'failed',
        message: `dial tcp ${at(target)}: connect: connection refused`,
      })
    },
  },
  {
    name: 'a server that stays silent runs into the time limit',
    run: async ({ dial, silent, settle }: DialSubject) => {
      const target = await silent()
      const request = get(target, '/', { timeoutMs: 50, method: 'POST' })
      assert.deepEqual(await settle(dial.http(request, signal)), {
        kind: 'failed',
        stage: 'headers',
        message: `Post "http://${at(target)}/": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
      })
      assert.deepEqual(await settle(dial.tcp({ ...target, timeoutMs: 5000 }, signal)), {
        kind: 'connected',
      })
    },
  },
  {
    name: 'a redirect within the host is followed, one to another host is handed over',
    run: async ({ dial, serveHttp, settle }: DialSubject) => {
      const server = await serveHttp({
        '/a': { status: 302, headers: { Location: '/b' } },
        '/b': { status: 200, body: 'b' },
        '/away': { status: 301, headers: { Location: 'http://203.0.113.1:9/' } },
      })
      const near = await settle(dial.http(get(server, '/a'), signal))
      assert.equal(near.kind === 'answered' && near.status, 200)
      const far = await settle(dial.http(get(server, '/away'), signal))
      assert.equal(far.kind === 'answered' && far.status, 301)
    },
  },
  {
    name: 'redirects in a circle end after ten',
    run: async ({ dial, serveHttp, settle }: DialSubject) => {
      const server = await serveHttp({ '/': { status: 302, headers: { Location: '/' } } })
      assert.deepEqual(await settle(dial.http(get(server, '/'), signal)), {
        kind: 'failed',
        stage: 'headers',
        message: `Get "http://${at(server)}/": stopped after 10 redirects`,
      })
    },
  },
  {
    name: 'an abort rejects with its reason',
    run: async ({ dial, silent, settle }: DialSubject) => {
      const stop = new AbortController()
      const waiting = dial.http(get(await silent(), '/'), stop.signal)
      stop.abort(new Error('no longer wanted'))
      await assert.rejects(settle(waiting), /no longer wanted/)
    },
  },
])

/** A Network under test with two endpoints behind it, each answering with its own name. */
export interface RoutingSubject {
  program(table: ServiceTable): Promise<void>
  /** On this node, named `a` and `b`. */
  readonly endpoints: readonly [ServiceEndpoint, ServiceEndpoint]
  /** The node's own address. */
  readonly nodeIp: string
  /** Who answers one connection that a pod, or the node itself, opens. */
  ask(from: 'pod' | 'node', target: DialTarget): Promise<'a' | 'b' | 'refused' | 'timeout'>
}

const clusterIp = '10.96.0.10'
const vip: DialTarget = { host: clusterIp, port: 80 }
const base: ServicePort = Object.freeze({
  name: 'default/web:http',
  protocol: 'TCP',
  port: 80,
  clusterIp,
  externalIps: [],
  loadBalancerIps: [],
  sourceRanges: [],
  internalTrafficPolicy: 'Cluster',
  externalTrafficPolicy: 'Cluster',
  clusterEndpoints: [],
  localEndpoints: [],
  hasEndpoints: false,
})

const tableOf = (...ports: readonly ServicePort[]): ServiceTable => ({ ports, healthChecks: [] })

function serving(endpoints: readonly ServiceEndpoint[], more: Partial<ServicePort> = {}) {
  return tableOf({
    ...base,
    clusterEndpoints: endpoints,
    localEndpoints: endpoints.filter(({ local }) => local),
    hasEndpoints: true,
    ...more,
  })
}

async function answers(subject: RoutingSubject, target: DialTarget, times: number) {
  const seen = new Set<string>()
  for (let i = 0; i < times; i++) seen.add(await subject.ask('pod', target))
  return [...seen].sort()
}

/** How every Network must route. Both endpoints are missed in 40 draws once in 10^12 runs. */
export const routingConformance: readonly NetworkConformanceCase<RoutingSubject>[] = Object.freeze([
  {
    name: 'a cluster address spreads connections over all endpoints',
    run: async (subject: RoutingSubject) => {
      await subject.program(serving(subject.endpoints))
      assert.deepEqual(await answers(subject, vip, 40), ['a', 'b'])
      assert.match(await subject.ask('node', vip), /^[ab]$/)
    },
  },
  {
    name: 'an endpoint that left the table gets no further connection, one that joined does',
    run: async (subject: RoutingSubject) => {
      const [a, b] = subject.endpoints
      await subject.program(serving([a]))
      assert.deepEqual(await answers(subject, vip, 10), ['a'])
      await subject.program(serving([b]))
      assert.deepEqual(await answers(subject, vip, 10), ['b'])
    },
  },
  {
    name: 'a service without endpoints refuses, and so does a port that it does not have',
    run: async (subject: RoutingSubject) => {
      await subject.program(tableOf(base))
      assert.equal(await subject.ask('pod', vip), 'refused')
      assert.equal(await subject.ask('node', vip), 'refused')
      await subject.program(serving(subject.endpoints))
      assert.equal(await subject.ask('pod', { ...vip, port: 81 }), 'refused')
    },
  },
  {
    name: 'a policy that is local drops what has endpoints on other nodes only',
    run: async (subject: RoutingSubject) => {
      const [a] = subject.endpoints
      const elsewhere = { clusterEndpoints: [{ ...a, local: false }], localEndpoints: [] }
      await subject.program(serving([], { ...elsewhere, internalTrafficPolicy: 'Local' }))
      assert.equal(await subject.ask('pod', vip), 'timeout')
      const near = { internalTrafficPolicy: 'Local', localEndpoints: [a] } as const
      await subject.program(serving(subject.endpoints, near))
      assert.deepEqual(await answers(subject, vip, 10), ['a'])
    },
  },
  {
    name: 'a node port answers pods and the node itself',
    run: async (subject: RoutingSubject) => {
      await subject.program(serving(subject.endpoints, { nodePort: 30080 }))
      const target = { host: subject.nodeIp, port: 30080 }
      assert.match(await subject.ask('pod', target), /^[ab]$/)
      assert.match(await subject.ask('node', target), /^[ab]$/)
    },
  },
  {
    name: 'external addresses are answered',
    run: async (subject: RoutingSubject) => {
      const ips = { externalIps: ['198.51.100.7'], loadBalancerIps: ['198.51.100.8'] }
      await subject.program(serving(subject.endpoints, ips))
      assert.match(await subject.ask('pod', { host: '198.51.100.7', port: 80 }), /^[ab]$/)
      assert.match(await subject.ask('pod', { host: '198.51.100.8', port: 80 }), /^[ab]$/)
    },
  },
  {
    name: 'load-balancer addresses let only the allowed sources in',
    run: async (subject: RoutingSubject) => {
      const host = '198.51.100.8'
      const guarded = { loadBalancerIps: [host], sourceRanges: ['203.0.113.0/24'] }
      await subject.program(serving(subject.endpoints, guarded))
      assert.equal(await subject.ask('pod', { host, port: 80 }), 'timeout')
      const open = { ...guarded, sourceRanges: ['203.0.113.0/24', '0.0.0.0/1', '10.0.0.0/8'] }
      await subject.program(serving(subject.endpoints, open))
      assert.match(await subject.ask('pod', { host, port: 80 }), /^[ab]$/)
    },
  },
  {
    name: 'session affinity keeps a client with its endpoint until that is gone',
    run: async (subject: RoutingSubject) => {
      const [a, b] = subject.endpoints
      await subject.program(serving([a, b], { affinitySeconds: 10_800 }))
      const first = await answers(subject, vip, 10)
      assert.equal(first.length, 1)
      const [gone, stays] = first[0] === 'a' ? [a, b] : [b, a]
      await subject.program(serving([stays], { affinitySeconds: 10_800 }))
      assert.deepEqual(await answers(subject, vip, 3), [first[0] === 'a' ? 'b' : 'a'])
      await subject.program(serving([gone, stays], { affinitySeconds: 10_800 }))
      assert.equal((await answers(subject, vip, 10)).length, 1)
    },
  },
  {
    name: 'an empty table routes nothing any more',
    run: async (subject: RoutingSubject) => {
      await subject.program(serving(subject.endpoints, { nodePort: 30080 }))
      await subject.program(emptyServiceTable)
      assert.equal(await subject.ask('pod', { host: subject.nodeIp, port: 30080 }), 'refused')
    },
  },
])
