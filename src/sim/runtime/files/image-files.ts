import type { ContainerConfig, Mount, SandboxConfig } from '#runtime'
import { knownImage } from '../../behaviour/known-images.ts'
import { resolvConfText } from '../../names/resolver.ts'

/** The files that a container begins with, by their paths: those of its image that are known, and the engine's. */
export function firstFiles(
  { image }: ContainerConfig,
  sandbox: SandboxConfig | undefined,
): ReadonlyMap<string, string> {
  const { servers = [], searches = [], options = [] } = sandbox?.dnsConfig ?? {}
  const resolvConf = resolvConfText({ nameservers: servers, searches, options })
  return new Map([...filesOf(image.userSpecified || image.ref), ['/etc/resolv.conf', resolvConf]])
}

function filesOf(name: string): ReadonlyMap<string, string> {
  return new Map(knownImage(name)?.files)
}

/** Files that cannot be changed, by their paths in a container. */
export interface FixedFiles {
  read(path: string): string | undefined
  kindOf(path: string): 'file' | 'directory' | undefined
  /** The names in a directory; empty for what is none. */
  list(path: string): readonly string[]
}

/** The images that a container mounts: nothing of them can be changed. */
export function imageMounts(mounts: readonly Mount[]) {
  const mounted = mounts
    .filter(({ image }) => image)
    .map((mount) => [mount, mountedImage(mount)] as const)
  const find = (path: string) =>
    mounted.find(([{ containerPath: top }]) => path === top || path.startsWith(`${top}/`))
  return {
    has: (path: string): boolean => find(path) !== undefined,
    at: (path: string): FixedFiles | undefined => find(path)?.[1],
  }
}

/** What is known of an image that a container mounts. */
function mountedImage({ containerPath, image }: Mount): FixedFiles {
  const { ref = '', subPath = '' } = image ?? {}
  const files = filesOf(ref)
  const inside = (path: string) => {
    const below = path.slice(containerPath.length)
    return `${subPath === '' ? '' : `/${subPath}`}${below}` || '/'
  }
  const under = (path: string) => (path === '/' ? '/' : `${path}/`)
  const below = (path: string) => [...files.keys()].filter((each) => each.startsWith(under(path)))
  return {
    read: (path) => files.get(inside(path)),
    kindOf(path) {
      const at = inside(path)
      if (files.has(at)) return 'file'
      return at === '/' || below(at).length > 0 ? 'directory' : undefined
    },
    list(path) {
      const at = inside(path)
      const names = below(at).map((each) => each.slice(under(at).length).split('/')[0] ?? '')
      return [...new Set(names)].sort()
    },
  }
}
