import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { KnarrError } from '#lib'

/** The programs that a private containerd is made of; absolute paths. */
export interface ContainerdBinaries {
  readonly containerd: string
  readonly ctr: string
  readonly runc: string
  readonly cniBinDir: string
  /** A PATH under which containerd finds its shim, runc and what CNI plugins call. */
  readonly path: string
}

const packageHint = 'run scripts/install-debian'
const directories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin']
const usualCniDirectories = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni']
const cniPlugins = ['bridge', 'host-local', 'portmap', 'loopback']

/** PATH, and where root's programs are even if a user's PATH leaves them out. */
function usualPath(): readonly string[] {
  return [...new Set([...(process.env.PATH ?? '').split(':').filter(Boolean), ...directories])]
}

/** Throws a KnarrError that names what is missing. */
export function findBinaries(
  path: readonly string[] = usualPath(),
  cniDirectories: readonly string[] = usualCniDirectories,
): ContainerdBinaries {
  const find = (name: string) => {
    const directory = path.find((candidate) => isExecutable(join(candidate, name)))
    if (directory) return join(directory, name)
    throw missing(name)
  }
  const cniBinDir = cniDirectories.find((directory) =>
    cniPlugins.every((plugin) => isExecutable(join(directory, plugin))),
  )
  const found = { containerd: find('containerd'), ctr: find('ctr'), runc: find('runc') }
  find('containerd-shim-runc-v2')
  find('iptables')
  if (!cniBinDir) {
    throw new KnarrError(
      'cniPluginsNotFound',
      `CNI plugins ${cniPlugins.join(', ')} not found in ${cniDirectories.join(', ')}`,
      { hint: packageHint },
    )
  }
  return { ...found, cniBinDir, path: path.join(':') }
}

function missing(name: string): KnarrError {
  return new KnarrError(`${camelCase(name)}NotFound`, `${name} not found`, { hint: packageHint })
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
