import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { rpcErrorText } from '../../model/error.ts'
import type * as wire from '../generated/messages.ts'
import { decodeCri, encodeCri } from './codec.ts'
import { toRuntimeError } from './errors.ts'
import { containerStatusFromWire, sandboxStatusFromWire } from './from-wire.ts'
import { containerConfigToWire, resourcesToWire, sandboxConfigToWire } from './to-wire.ts'

const namespaces = { network: 'node', pid: 'target', ipc: 'pod', targetId: 'abc' } as const

describe('a container on the wire', () => {
  const sent = encodeCri(
    'ContainerConfig',
    containerConfigToWire({
      metadata: { name: 'main', attempt: 3 },
      image: { ref: 'sha256:1', userSpecified: 'nginx' },
      command: ['sh'],
      args: ['-c', 'true'],
      workingDir: '/w',
      envs: [{ name: 'A', value: 'ä' }],
      mounts: [
        { containerPath: '/c', hostPath: '/h', readonly: true, propagation: 'bidirectional' },
      ],
      labels: { l: '1' },
      annotations: {},
      logPath: 'x.log',
      stdin: true,
      stdinOnce: true,
      tty: false,
      stopSignal: 'SIGRTMIN+3',
      linux: {
        resources: { memoryLimitBytes: 2 ** 40, cpuQuotaUs: -1 },
        securityContext: {
          namespaces,
          privileged: false,
          readonlyRootfs: true,
          noNewPrivileges: true,
          runAsUser: 0,
          supplementalGroups: [7],
          supplementalGroupsPolicy: 'strict',
          seccomp: { kind: 'localhost', ref: '/p.json' },
          capabilities: { add: ['NET_ADMIN'], drop: ['ALL'] },
        },
      },
    }),
  )
  const got = decodeCri<wire.ContainerConfig>('ContainerConfig', sent)
  const context = got.linux?.securityContext

  it('keeps numbers beyond 32 bits, negative ones, and bytes', () => {
    assert.equal(got.linux?.resources?.memoryLimitInBytes, 2 ** 40)
    assert.equal(got.linux?.resources?.cpuQuota, -1)
    assert.equal(Buffer.from(got.envs[0]?.value ?? []).toString(), 'ä')
  })

  it('tells user 0 from no user', () => {
    assert.equal(context?.runAsUser?.value, 0)
    assert.equal(context?.runAsGroup, null)
  })

  it('carries its enumerations', () => {
    assert.equal(got.mounts[0]?.propagation, 'PROPAGATION_BIDIRECTIONAL')
    assert.equal(context?.namespaceOptions?.pid, 'TARGET')
    assert.equal(context?.namespaceOptions?.network, 'NODE')
    assert.equal(context?.supplementalGroupsPolicy, 'Strict')
    assert.equal(context?.seccomp?.profileType, 'Localhost')
    assert.equal(got.stopSignal, 'SIGRTMINPLUS3')
  })
})

describe('a sandbox on the wire', () => {
  it('has no DNS settings when none are given, and those that are', () => {
    const base = {
      metadata: { name: 'p', namespace: 'n', uid: 'u', attempt: 0 },
      hostname: 'h',
      logDirectory: '/l',
      labels: {},
      annotations: {},
      linux: {
        cgroupParent: '/c',
        securityContext: { namespaces, privileged: false, readonlyRootfs: false },
      },
    }
    const dnsConfig = { servers: ['10.0.0.10'], searches: ['a.b'], options: ['ndots:5'] }
    const through = (config: Parameters<typeof sandboxConfigToWire>[0]) =>
      decodeCri<wire.PodSandboxConfig>(
        'PodSandboxConfig',
        encodeCri('PodSandboxConfig', sandboxConfigToWire(config)),
      )
    assert.equal(through(base).dnsConfig, null)
    assert.deepEqual(through({ ...base, dnsConfig }).dnsConfig, dnsConfig)
  })

  it('lists its addresses, the primary one first', () => {
    const bytes = encodeCri('PodSandboxStatus', {
      id: 's',
      network: { ip: '10.0.0.2', additionalIps: [{ ip: 'fd00::2' }] },
    })
    const status = sandboxStatusFromWire(
      decodeCri<wire.PodSandboxStatus>('PodSandboxStatus', bytes),
    )
    assert.deepEqual(status.ips, ['10.0.0.2', 'fd00::2'])
    assert.equal(status.state, 'ready')
  })
})

describe('the status of a container from the wire', () => {
  const read = (status: object) =>
    containerStatusFromWire(
      decodeCri<wire.ContainerStatus>('ContainerStatus', encodeCri('ContainerStatus', status)),
    )

  it('has no times that have not come', () => {
    const created = read({ id: 'c', createdAt: 1_700_000_000_123.9 * 1e6 })
    assert.equal(created.createdAtMs, 1_700_000_000_123)
    assert.equal('startedAtMs' in created, false)
    assert.equal('finishedAtMs' in created, false)
    assert.equal('resources' in created, false)
  })

  it('has only the limits that are set', () => {
    const resources = { linux: resourcesToWire({ cpuShares: 2, oomScoreAdj: -998 }) }
    assert.deepEqual(read({ resources }).resources, { cpuShares: 2, oomScoreAdj: -998 })
  })
})

describe("an error of the runtime's", () => {
  const socket = '/run/x.sock'
  const make = (code: status, details: string) =>
    Object.assign(new Error(details), { code, details, metadata: {} as Metadata }) as ServiceError
  const cases = [
    [status.NOT_FOUND, 'no such id', 'rpc error: code = NotFound desc = no such id'],
    [status.CANCELLED, 'gone', 'rpc error: code = Canceled desc = gone'],
    [
      status.DEADLINE_EXCEEDED,
      'Deadline exceeded after 1.0s',
      'rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    ],
    [
      status.UNAVAILABLE,
      'No connection established. Last error: connect ENOENT /run/x.sock',
      'rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/x.sock: connect: no such file or directory"',
    ],
  ] as const
  for (const [code, details, want] of cases) {
    it(`reads: ${want}`, () => {
      assert.equal(rpcErrorText(toRuntimeError(make(code, details), socket)), want)
    })
  }
})
