import type { ContainerConfig, LinuxResources } from '#runtime'
import { cgroupFiles } from '../../host/cgroup-files.ts'
import type { FixedFiles } from './image-files.ts'
import { capabilitiesOf, userOf } from './permissions.ts'

interface Shown {
  readonly config: ContainerConfig
  readonly resources?: LinuxResources
}

/** What the kernel shows of a container below `/proc` and `/sys`. */
export function kernelFiles(container: Shown): FixedFiles {
  const textOf = (path: string) => {
    const show = Object.hasOwn(texts, path) ? texts[path] : undefined
    return show?.(container)
  }
  return {
    read: (path) =>
      isKernels(path) ? textOf(path.replace(/^\/proc\/1\//, '/proc/self/')) : undefined,
    kindOf(path) {
      if (!isKernels(path)) return undefined
      if (directories.has(path)) return 'directory'
      return Object.hasOwn(texts, path.replace(/^\/proc\/1\//, '/proc/self/')) ? 'file' : undefined
    },
    list: (path) => [...(directories.get(path) ?? [])],
  }
}

const isKernels = (path: string) => path.startsWith('/proc') || path.startsWith('/sys')

const limitsOf = ({ resources }: Shown) => resources ?? {}

const texts: Readonly<Record<string, (container: Shown) => string>> = {
  ...Object.fromEntries(
    Object.entries(cgroupFiles).map(([name, show]) => [
      `/sys/fs/cgroup/${name}`,
      (container: Shown) => show(limitsOf(container)),
    ]),
  ),
  '/sys/fs/cgroup/cgroup.controllers': () => 'cpuset cpu io memory hugetlb pids\n',
  '/proc/self/cgroup': () => '0::/\n',
  '/proc/self/oom_score_adj': (container) => `${limitsOf(container).oomScoreAdj ?? 0}\n`,
  '/proc/self/uid_map': () => '         0          0 4294967295\n',
  '/proc/self/gid_map': () => '         0          0 4294967295\n',
  '/proc/self/status': status,
}

function status({ config }: Shown): string {
  const { uid, gid, groups } = userOf(config)
  const { privileged, seccomp, noNewPrivileges } = config.linux.securityContext
  const isFiltered = !privileged && seccomp !== undefined && seccomp.kind !== 'unconfined'
  const fields = {
    Uid: `${uid}\t${uid}\t${uid}\t${uid}`,
    Gid: `${gid}\t${gid}\t${gid}\t${gid}`,
    Groups: groups.join(' '),
    CapEff: capabilityMask(capabilitiesOf(config)),
    NoNewPrivs: noNewPrivileges ? '1' : '0',
    Seccomp: isFiltered ? '2' : '0',
  }
  return Object.entries(fields)
    .map(([name, value]) => `${name}:\t${value}\n`)
    .join('')
}

/** The kernel's numbers of capabilities. */
const bits: Readonly<Record<string, number>> = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  FOWNER: 3,
  FSETID: 4,
  KILL: 5,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  SYS_CHROOT: 18,
  SYS_PTRACE: 19,
  SYS_ADMIN: 21,
  SYS_TIME: 25,
  MKNOD: 27,
  AUDIT_WRITE: 29,
  SETFCAP: 31,
}

function capabilityMask(capabilities: ReadonlySet<string>): string {
  const sum = [...capabilities].reduce((mask, name) => mask | (1n << BigInt(bits[name] ?? 63)), 0n)
  return sum.toString(16).padStart(16, '0')
}

/** The directories that these files stand in, with the names in them. */
const directories: ReadonlyMap<string, ReadonlySet<string>> = directoriesOf(Object.keys(texts))

function directoriesOf(paths: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  for (const path of paths) {
    const steps = path.split('/').slice(1)
    for (let depth = 1; depth < steps.length; depth++) {
      const directory = `/${steps.slice(0, depth).join('/')}`
      const names = found.get(directory) ?? new Set()
      found.set(directory, names.add(steps[depth] ?? ''))
    }
  }
  return found
}
