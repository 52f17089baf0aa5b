import { goQuote } from '#machinery'
import { appArmorProfile } from './app-armor.ts'
import {
  type Check,
  type CheckedContainer,
  type CheckPod,
  containersText,
  containersThat,
  counted,
  everyContainer,
  quoted,
  settersText,
  sorted,
  unlessUserNamespace,
} from './check.ts'
import { seLinuxOptions } from './se-linux.ts'
import { isKnownSeccomp, seccompSetters } from './seccomp.ts'

/** Capabilities that containers have without asking for them. */
const defaultCapabilities = new Set([
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD'],
  ...['NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
])

const capabilities: CheckPod = (pod) => {
  const foreign = ({ securityContext }: CheckedContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !defaultCapabilities.has(name))
  const names = containersThat(pod, (container) => foreign(container).length > 0)
  if (names.length === 0) return undefined
  const added = quoted(sorted(everyContainer(pod).flatMap(foreign)))
  return {
    reason: 'non-default capabilities',
    detail: `${containersText(names)} must not include ${added} in securityContext.capabilities.add`,
  }
}

const hostNamespaces: CheckPod = ({ spec }) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name])
  if (shared.length === 0) return undefined
  const detail = shared.map((name) => `${name}=true`).join(', ')
  return { reason: 'host namespaces', detail }
}

const hostPathVolumes: CheckPod = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => name)
  if (names.length === 0) return undefined
  const detail = `${counted('volume', 'volumes', names.length)} ${quoted(names)}`
  return { reason: 'hostPath volumes', detail }
}

const hostPorts: CheckPod = (pod) => {
  const portsOf = ({ ports = [] }: CheckedContainer) =>
    ports.flatMap(({ hostPort }) => (hostPort ? [String(hostPort)] : []))
  const names = containersThat(pod, (container) => portsOf(container).length > 0)
  if (names.length === 0) return undefined
  const ports = sorted(everyContainer(pod).flatMap(portsOf))
  const uses = `${counted('uses', 'use', names.length)} ${counted('hostPort', 'hostPorts', ports.length)}`
  return { reason: 'hostPort', detail: `${containersText(names)} ${uses} ${ports.join(', ')}` }
}

/** Hosts that the kubelet would be sent to. */
const handlerHosts: CheckPod = (pod) => {
  const hostsOf = (container: CheckedContainer) =>
    [
      ...[container.livenessProbe, container.readinessProbe, container.startupProbe],
      ...[container.lifecycle?.postStart, container.lifecycle?.preStop],
    ].flatMap((handler) =>
      [handler?.httpGet?.host, handler?.tcpSocket?.host].flatMap((host) => (host ? [host] : [])),
    )
  const names = sorted(containersThat(pod, (container) => hostsOf(container).length > 0))
  if (names.length === 0) return undefined
  const hosts = sorted(everyContainer(pod).flatMap(hostsOf))
  const what = 'probe or lifecycle host'
  const uses = `${counted('uses', 'use', names.length)} ${counted(what, `${what}s`, hosts.length)}`
  return { reason: what, detail: `${containersText(names)} ${uses} ${quoted(hosts)}` }
}

const privileged: CheckPod = (pod) => {
  const names = containersThat(pod, ({ securityContext }) => Boolean(securityContext?.privileged))
  if (names.length === 0) return undefined
  const detail = `${containersText(names)} must not set securityContext.privileged=true`
  return { reason: 'privileged', detail }
}

/** What containers see of /proc is masked. */
export const procMount: CheckPod = (pod) => {
  const isBad = ({ securityContext }: CheckedContainer) =>
    (securityContext?.procMount ?? 'Default') !== 'Default'
  const names = containersThat(pod, isBad)
  if (names.length === 0) return undefined
  const types = everyContainer(pod)
    .filter(isBad)
    .map(({ securityContext }) => securityContext?.procMount ?? '')
  const detail = `${containersText(names)} must not set securityContext.procMount to ${quoted(sorted(types))}`
  return { reason: 'procMount', detail }
}

const podAnnotation = 'seccomp.security.alpha.kubernetes.io/pod'
const containerAnnotation = 'container.seccomp.security.alpha.kubernetes.io/'

/** Before there were fields for it. */
const seccompAnnotations: CheckPod = (pod) => {
  const keys = [
    podAnnotation,
    ...everyContainer(pod).map(({ name }) => `${containerAnnotation}${name}`),
  ]
  const forbidden = sorted(
    keys.flatMap((key) => {
      const value = pod.annotations[key]
      if (value === undefined || value === 'runtime/default' || value === 'docker/default')
        return []
      return value.startsWith('localhost/') ? [] : [`${key}=${goQuote(value)}`]
    }),
  )
  if (forbidden.length === 0) return undefined
  const what = counted('annotation', 'annotations', forbidden.length)
  return { reason: 'seccompProfile', detail: `forbidden ${what} ${forbidden.join(', ')}` }
}

const seccompProfile: CheckPod = (pod) =>
  seccompSetters(pod, (type) => type !== undefined && !isKnownSeccomp(type))

const sysctls1x0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
]
const sysctls1x27 = [...sysctls1x0, 'net.ipv4.ip_local_reserved_ports']
const sysctls1x29 = [
  ...sysctls1x27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]
const sysctls1x32 = [...sysctls1x29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']

function sysctlsOf(allowed: readonly string[]): CheckPod {
  return ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name)
    const forbidden = names.filter((name) => !allowed.includes(name))
    if (forbidden.length === 0) return undefined
    return { reason: 'forbidden sysctls', detail: forbidden.join(', ') }
  }
}

const hostProcess: CheckPod = (pod) => {
  const setters = settersText(pod, ({ windowsOptions }) => Boolean(windowsOptions?.hostProcess))
  if (!setters) return undefined
  const detail = `${setters} must not set securityContext.windowsOptions.hostProcess=true`
  return { reason: 'hostProcess', detail }
}

const since0 = (id: string, check: CheckPod): Check => ({
  id,
  level: 'baseline',
  versions: [{ since: 0, check }],
})

/** The checks of the baseline, in the order in which they are told of. */
export const baselineChecks: readonly Check[] = [
  since0('appArmorProfile', appArmorProfile),
  since0('capabilities_baseline', capabilities),
  since0('hostNamespaces', hostNamespaces),
  since0('hostPathVolumes', hostPathVolumes),
  since0('hostPorts', hostPorts),
  {
    id: 'hostProbesAndHostLifecycle',
    level: 'baseline',
    versions: [{ since: 34, check: handlerHosts }],
  },
  since0('privileged', privileged),
  {
    id: 'procMount',
    level: 'baseline',
    versions: [
      { since: 0, check: procMount },
      { since: 35, check: unlessUserNamespace(procMount) },
    ],
  },
  {
    id: 'seLinuxOptions',
    level: 'baseline',
    versions: [
      { since: 0, check: seLinuxOptions(['container_t', 'container_init_t', 'container_kvm_t']) },
      {
        since: 31,
        check: seLinuxOptions([
          ...['container_t', 'container_init_t', 'container_kvm_t'],
          'container_engine_t',
        ]),
      },
    ],
  },
  {
    id: 'seccompProfile_baseline',
    level: 'baseline',
    versions: [
      { since: 0, check: seccompAnnotations },
      { since: 19, check: seccompProfile },
    ],
  },
  {
    id: 'sysctls',
    level: 'baseline',
    versions: [
      { since: 0, check: sysctlsOf(sysctls1x0) },
      { since: 27, check: sysctlsOf(sysctls1x27) },
      { since: 29, check: sysctlsOf(sysctls1x29) },
      { since: 32, check: sysctlsOf(sysctls1x32) },
    ],
  },
  since0('windowsHostProcess', hostProcess),
]
