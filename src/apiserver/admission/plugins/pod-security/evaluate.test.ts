import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { PodSpec } from '#api'
import { detailsText, violationsOf } from './evaluate.ts'
import type { PodSecurityLevel, PolicyVersion } from './levels.ts'

interface Draft {
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: object
  /** The security context of the pod. */
  readonly pod?: object
  /** Those of its containers `a` and `b`. */
  readonly contexts?: readonly object[]
}

function textOf(
  level: PodSecurityLevel,
  version: PolicyVersion,
  { annotations = {}, spec, pod, contexts = [{}] }: Draft,
): string {
  const containers = contexts.map((securityContext, i) => ({
    name: ['a', 'b'][i] ?? '',
    image: 'i',
    securityContext,
  }))
  // Cast: drafts hold what the checks look at, and no more.
  const checked = { containers, ...(pod && { securityContext: pod }), ...spec } as PodSpec
  return detailsText(violationsOf({ level, version }, { annotations, spec: checked }))
}

const good = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
}

test('a pod that asks for nothing passes the baseline, and one that gives up all is restricted', () => {
  assert.equal(textOf('baseline', 'latest', {}), '')
  assert.equal(textOf('restricted', 'latest', { contexts: [good] }), '')
  assert.equal(textOf('privileged', 'latest', { spec: { hostPID: true } }), '')
})

test('a bare pod hears all that the restricted level asks of it', () => {
  assert.equal(
    textOf('restricted', 'latest', { contexts: [{}, {}] }),
    [
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ].join(', '),
  )
})

const apparmor = 'container.apparmor.security.beta.kubernetes.io'
const seccomp = 'seccomp.security.alpha.kubernetes.io'

describe('the baseline refuses', () => {
  const specs: readonly (readonly [string, Draft, PolicyVersion?])[] = [
    [
      'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
      { spec: { hostNetwork: true, hostPID: true, hostIPC: true } },
    ],
    [
      'privileged (container "b" must not set securityContext.privileged=true)',
      { contexts: [{ privileged: false }, { privileged: true }] },
    ],
    [
      'non-default capabilities (containers "a", "b" must not include "NET_RAW", "SYS_ADMIN" in securityContext.capabilities.add)',
      {
        contexts: [
          { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } },
          { capabilities: { add: ['NET_RAW'] } },
        ],
      },
    ],
    [
      'hostPath volumes (volume "v")',
      {
        spec: {
          volumes: [
            { name: 'v', hostPath: {} },
            { name: 'e', emptyDir: {} },
          ],
        },
      },
    ],
    [
      'hostPort (container "c" uses hostPorts 80, 9)',
      {
        spec: { initContainers: [{ name: 'c', ports: [{ hostPort: 9 }, { hostPort: 80 }] }] },
      },
    ],
    [
      'probe or lifecycle host (container "c" uses probe or lifecycle hosts "g", "h")',
      {
        spec: {
          ephemeralContainers: [
            {
              name: 'c',
              livenessProbe: { httpGet: { host: 'h' } },
              lifecycle: { preStop: { tcpSocket: { host: 'g' } } },
            },
          ],
        },
      },
    ],
    [
      'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
      { contexts: [{ procMount: 'Unmasked' }] },
    ],
    [
      'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: types "x", "y"; user may not be set; role may not be set)',
      {
        pod: { seLinuxOptions: { type: 'y', user: 'u' } },
        contexts: [{ seLinuxOptions: { type: 'x', role: 'r' } }],
      },
    ],
    [
      'forbidden AppArmor profiles (pod and container "a" and annotation must not set AppArmor profile type to "Other", "Unconfined", "container.apparmor.security.beta.kubernetes.io/a="unconfined"")',
      {
        pod: { appArmorProfile: { type: 'Unconfined' } },
        contexts: [{ appArmorProfile: { type: 'Other' } }],
        annotations: { [`${apparmor}/a`]: 'unconfined', [`${apparmor}/b`]: 'localhost/x' },
      },
    ],
    [
      'seccompProfile (pod must not set securityContext.seccompProfile.type to "Unconfined")',
      { pod: { seccompProfile: { type: 'Unconfined' } } },
    ],
    [
      'seccompProfile (forbidden annotations container.seccomp.security.alpha.kubernetes.io/a="x", seccomp.security.alpha.kubernetes.io/pod="unconfined")',
      {
        annotations: { [`${seccomp}/pod`]: 'unconfined', [`container.${seccomp}/a`]: 'x' },
      },
      18,
    ],
    [
      'forbidden sysctls (b, a)',
      { pod: { sysctls: [{ name: 'b' }, { name: 'kernel.shm_rmid_forced' }, { name: 'a' }] } },
    ],
    [
      'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
      {
        pod: { windowsOptions: { hostProcess: true } },
        contexts: [{ windowsOptions: { hostProcess: true } }],
      },
    ],
  ]
  for (const [wanted, draft, version = 'latest'] of specs) {
    test(wanted.split(' (')[0] ?? '', () => {
      assert.equal(textOf('baseline', version, draft), wanted)
    })
  }
})

describe('the restricted level refuses', () => {
  const specs: readonly (readonly [string, Draft])[] = [
    [
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"]; container "b" must not include "CHOWN" in securityContext.capabilities.add)',
      {
        contexts: [
          { ...good, capabilities: { add: ['NET_BIND_SERVICE'] } },
          { ...good, capabilities: { drop: ['ALL'], add: ['CHOWN'] } },
        ],
      },
    ],
    [
      'restricted volume types (volumes "v", "w", "x" use restricted volume types "hostPath", "nfs", "unknown")',
      {
        contexts: [good],
        spec: {
          volumes: [
            { name: 'v', nfs: {} },
            { name: 'w', hostPath: {} },
            { name: 'x' },
            { name: 'y', csi: {} },
          ],
        },
      },
    ],
    [
      'runAsNonRoot != true (pod and container "a" must not set securityContext.runAsNonRoot=false)',
      { pod: { runAsNonRoot: false }, contexts: [{ ...good, runAsNonRoot: false }] },
    ],
    [
      'runAsUser=0 (container "a" must not set runAsUser=0)',
      { contexts: [{ ...good, runAsUser: 0 }] },
    ],
    [
      'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
      { contexts: [{ ...good, seccompProfile: { type: 'Unconfined' } }] },
    ],
  ]
  for (const [wanted, draft] of specs) {
    test(wanted.split(' (')[0] ?? '', () => {
      assert.equal(textOf('restricted', 'latest', draft), wanted)
    })
  }
})

describe('as of a version', () => {
  const fails = (level: PodSecurityLevel, version: PolicyVersion, draft: Draft) =>
    textOf(level, version, draft) !== ''
  const sysctl = (name: string): Draft => ({ pod: { sysctls: [{ name }] } })
  const without = (name: keyof typeof good): Draft => {
    const { [name]: _, ...rest } = good
    return { contexts: [rest] }
  }
  const windows: Draft = { pod: { runAsNonRoot: true }, spec: { os: { name: 'windows' } } }
  const own: Draft = {
    contexts: [{ ...good, runAsNonRoot: false, runAsUser: 0 }],
    spec: { hostUsers: false },
  }
  const unmasked: Draft = {
    contexts: [{ ...good, procMount: 'Unmasked' }],
    spec: { hostUsers: false },
  }
  const host: Draft = {
    spec: { containers: [{ name: 'a', readinessProbe: { tcpSocket: { host: 'h' } } }] },
  }
  const seLinux: Draft = { pod: { seLinuxOptions: { type: 'container_engine_t' } } }
  const annotated: Draft = { annotations: { [`${seccomp}/pod`]: 'unconfined' } }
  /** The last version in which it is otherwise. */
  const changes: readonly (readonly [string, PodSecurityLevel, Draft, number, boolean])[] = [
    ['reserved ports may be set', 'baseline', sysctl('net.ipv4.ip_local_reserved_ports'), 26, true],
    ['keepalive may be set', 'baseline', sysctl('net.ipv4.tcp_keepalive_time'), 28, true],
    ['buffers may be set', 'baseline', sysctl('net.ipv4.tcp_rmem'), 31, true],
    ['container engines have a type', 'baseline', seLinux, 30, true],
    ['annotations of seccomp say nothing', 'baseline', annotated, 18, true],
    ['hosts of probes are refused', 'baseline', host, 33, false],
    ['/proc is open in a user namespace', 'baseline', unmasked, 34, true],
    ['escalation has to be given up', 'restricted', without('allowPrivilegeEscalation'), 7, false],
    ['capabilities have to be dropped', 'restricted', without('capabilities'), 21, false],
    ['seccomp has to be asked for', 'restricted', without('seccompProfile'), 18, false],
    ['root is refused', 'restricted', { contexts: [{ ...good, runAsUser: 0 }] }, 22, false],
    ['Windows has none of it', 'restricted', windows, 24, true],
    ['root of a user namespace is nobody', 'restricted', own, 34, true],
  ]
  for (const [name, level, draft, last, failed] of changes) {
    test(`v1.${last + 1} ${name}`, () => {
      assert.equal(fails(level, last, draft), failed)
      assert.equal(fails(level, last + 1, draft), !failed)
      assert.equal(fails(level, 'latest', draft), !failed)
    })
  }

  test('v1.99 is as the newest that is known', () => {
    assert.equal(fails('baseline', 99, host), true)
    assert.equal(fails('restricted', 99, unmasked), true, 'the restricted level keeps /proc masked')
  })
})
