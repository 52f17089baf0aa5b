import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Probe } from '#api'
import type { DialHttpRequest, HttpOutcome } from '#network'
import { RuntimeError } from '#runtime'
import { podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { attemptProbe } from './prober.ts'

const signal = new AbortController().signal
const container = {
  ...web,
  env: [{ name: 'FILE', value: '/ready' }],
  ports: [{ name: 'http', containerPort: 8080 }],
}

type Seams = Parameters<typeof testWorld>[0]

function attempt(probe: Probe, seams: Seams) {
  const target = { pod: podOf(), container, containerId: 'c1', podIp: '10.0.0.1' }
  return attemptProbe(probe, target, testWorld(seams).world, signal)
}

test('a command passes by its exit code and tells all that it printed', async () => {
  const exec = (exitCode: number) =>
    attempt(
      { exec: { command: ['check'] } },
      {
        runtime: {
          execSync: async () => ({
            exitCode,
            stdout: Buffer.from('a\n'),
            stderr: Buffer.from('b\n'),
          }),
        },
      },
    )
  assert.deepEqual(await exec(0), { kind: 'success', output: 'a\nb\n' })
  assert.deepEqual(await exec(2), { kind: 'failure', output: 'a\nb\n' })
})

test('a command sees the values of the container, its limit and nothing past 10 KiB', async () => {
  const asked: unknown[] = []
  const probe = { exec: { command: ['cat', '$(FILE)', '$(NONE)'] }, timeoutSeconds: 3 }
  const finding = await attempt(probe, {
    runtime: {
      execSync: async (id, argv, timeoutMs) => {
        asked.push(id, argv, timeoutMs)
        return { exitCode: 0, stdout: Buffer.alloc(20_000, 'x'), stderr: Buffer.alloc(0) }
      },
    },
  })
  assert.deepEqual(asked, ['c1', ['cat', '/ready', '$(NONE)'], 3000])
  assert.equal(finding.kind === 'success' && finding.output.length, 10 * 1024)
})

test('a command that takes too long has failed; a runtime that breaks is no finding', async () => {
  const exec = (error: Error) =>
    attempt(
      { exec: { command: ['sleep', '9'] } },
      { runtime: { execSync: () => Promise.reject(error) } },
    )
  assert.deepEqual(await exec(new RuntimeError('deadlineExceeded', 'late')), {
    kind: 'failure',
    output: 'command timed out: "sleep 9" timed out after 1s',
  })
  assert.deepEqual(await exec(new RuntimeError('unavailable', 'gone')), {
    kind: 'error',
    message: 'rpc error: code = Unavailable desc = gone',
  })
})

function get(outcome: HttpOutcome, httpGet: Partial<NonNullable<Probe['httpGet']>> = {}) {
  const requests: DialHttpRequest[] = []
  const finding = attempt(
    { httpGet: { port: 'http', ...httpGet } },
    {
      dial: {
        http: async (request) => {
          requests.push(request)
          return outcome
        },
      },
    },
  )
  return { requests, finding }
}

const answered = (status: number): HttpOutcome => ({
  kind: 'answered',
  status,
  headers: [],
  body: Buffer.from('body'),
})

test('an HTTP probe passes from 200 to 399, and warns of a redirect it does not follow', async () => {
  for (const [status, expected] of [
    [199, { kind: 'failure', output: 'HTTP probe failed with statuscode: 199' }],
    [200, { kind: 'success', output: 'body' }],
    [299, { kind: 'success', output: 'body' }],
    [302, { kind: 'warning', output: 'Probe terminated redirects, Response body: body' }],
    [400, { kind: 'failure', output: 'HTTP probe failed with statuscode: 400' }],
    [503, { kind: 'failure', output: 'HTTP probe failed with statuscode: 503' }],
  ] as const) {
    assert.deepEqual(await get(answered(status)).finding, expected, String(status))
  }
})

test('no connection is a failure, a body that breaks off is an error', async () => {
  const message = 'Get "http://10.0.0.1:8080/": EOF'
  const connect = { kind: 'failed', stage: 'connect', message } as const
  assert.deepEqual(await get(connect).finding, { kind: 'failure', output: message })
  const body = { kind: 'failed', stage: 'body', message } as const
  assert.deepEqual(await get(body).finding, { kind: 'error', message })
})

test("an HTTP probe goes to the pod's address and the container's named port", async () => {
  const { requests, finding } = get(answered(200))
  await finding
  const { scheme, host, port, path, method, headers, timeoutMs, redirects } = requests[0] ?? {}
  assert.deepEqual(
    { scheme, host, port, path, method, headers, timeoutMs, redirects },
    {
      scheme: 'http',
      host: '10.0.0.1',
      port: 8080,
      path: '/',
      method: 'GET',
      headers: [
        ['User-Agent', 'kube-probe/1.36'],
        ['Accept', '*/*'],
      ],
      timeoutMs: 1000,
      redirects: 'sameHost',
    },
  )
})

test('what an HTTP probe says itself replaces the defaults', async () => {
  const httpHeaders = [
    { name: 'user-agent', value: 'me' },
    { name: 'Accept', value: '' },
    { name: 'X-Empty', value: '' },
  ]
  const { requests, finding } = get(answered(200), {
    httpHeaders,
    scheme: 'HTTPS',
    host: 'other',
    path: 'healthz?full',
    port: '81',
  })
  await finding
  const [{ scheme, host, port, path, headers } = {} as DialHttpRequest] = requests
  assert.deepEqual(
    { scheme, host, port, path, headers },
    {
      scheme: 'https',
      host: 'other',
      port: 81,
      path: '/healthz?full',
      headers: [
        ['user-agent', 'me'],
        ['X-Empty', ''],
      ],
    },
  )
})

test('a port that the container does not have is an error', async () => {
  const message = 'invalid port number: nowhere'
  for (const probe of [{ httpGet: { port: 'nowhere' } }, { tcpSocket: { port: 'nowhere' } }]) {
    assert.deepEqual(await attempt(probe, {}), { kind: 'error', message })
  }
})

test('a TCP probe passes when the port takes a connection', async () => {
  const dialled: unknown[] = []
  const tcp = (kind: 'connected' | 'failed') =>
    attempt(
      { tcpSocket: { port: 5432 }, timeoutSeconds: 2 },
      {
        dial: {
          tcp: async (request) => {
            dialled.push(request)
            return kind === 'connected' ? { kind } : { kind, message: 'dial tcp: refused' }
          },
        },
      },
    )
  assert.deepEqual(await tcp('connected'), { kind: 'success', output: '' })
  assert.deepEqual(await tcp('failed'), { kind: 'failure', output: 'dial tcp: refused' })
  assert.deepEqual(dialled[0], { host: '10.0.0.1', port: 5432, timeoutMs: 2000 })
})

test('a gRPC probe asks for its service and passes when that is healthy', async () => {
  const asked: unknown[] = []
  const grpc = (kind: 'healthy' | 'unhealthy') =>
    attempt(
      { grpc: { port: 9000, service: 'db' } },
      {
        dial: {
          grpcHealth: async ({ host, port, service }) => {
            asked.push({ host, port, service })
            return { kind, message: `it is ${kind}` }
          },
        },
      },
    )
  assert.deepEqual(await grpc('healthy'), { kind: 'success', output: 'it is healthy' })
  assert.deepEqual(await grpc('unhealthy'), { kind: 'failure', output: 'it is unhealthy' })
  assert.deepEqual(asked[0], { host: '10.0.0.1', port: 9000, service: 'db' })
})
