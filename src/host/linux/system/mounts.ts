import { readFile } from 'node:fs/promises'
import { runBinary } from './command.ts'

/** One line of the mount table. */
export interface MountPoint {
  readonly path: string
  readonly type: string
  /** Options of the filesystem itself (controllers of a cgroup hierarchy, size of a tmpfs). */
  readonly superOptions: readonly string[]
  readonly shared: boolean
}

/** This process's mount table, in mount order. */
export async function readMounts(): Promise<readonly MountPoint[]> {
  return parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'))
}

/** Parses `/proc/PID/mountinfo`, whose optional fields end at a single dash. */
export function parseMountInfo(text: string): readonly MountPoint[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ')
      const dash = fields.indexOf('-', 6)
      return {
        path: unescapeOctal(fields[4] ?? ''),
        type: fields[dash + 1] ?? '',
        superOptions: (fields[dash + 3] ?? '').split(','),
        shared: fields.slice(6, dash).some((field) => field.startsWith('shared:')),
      }
    })
}

/** The topmost mount at exactly this path. */
export async function mountAt(path: string): Promise<MountPoint | undefined> {
  return (await readMounts()).findLast((mount) => mount.path === path)
}

export async function mountTmpfs(
  path: string,
  sizeBytes: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const size = sizeBytes === undefined ? '' : `,size=${sizeBytes}`
  const options = ['-t', 'tmpfs', '-o', `mode=0777${size}`, 'tmpfs', path]
  await runBinary('mount', options, signal)
}

export async function mountHugePages(
  path: string,
  pageSizeBytes: number | undefined,
  signal: AbortSignal,
): Promise<void> {
  const option = pageSizeBytes === undefined ? [] : ['-o', `pagesize=${pageSizeBytes}`]
  await runBinary('mount', ['-t', 'hugetlbfs', ...option, 'nodev', path], signal)
}

export async function bindMount(source: string, path: string, signal: AbortSignal): Promise<void> {
  // --no-canonicalize keeps /proc/PID/fd/N as it is: the kernel then binds what the descriptor
  // names, whatever happens to the path meanwhile.
  await runBinary('mount', ['--no-canonicalize', '--bind', source, path], signal)
}

/** Makes a directory a mount of its own that shares its submounts; idempotent. */
export async function makeShared(path: string, signal: AbortSignal): Promise<void> {
  const mount = await mountAt(path)
  if (mount?.shared) return
  if (mount === undefined) await runBinary('mount', ['--bind', path, path], signal)
  await runBinary('mount', ['--make-rshared', path], signal)
}

/** Unmounts everything at and below a path, newest first. Lazily where something still uses it. */
export async function unmountBelow(path: string, signal: AbortSignal): Promise<void> {
  const below = (await readMounts()).filter(
    (mount) => mount.path === path || mount.path.startsWith(`${path}/`),
  )
  for (const mount of below.toReversed()) await unmount(mount.path, signal)
}

async function unmount(path: string, signal: AbortSignal): Promise<void> {
  try {
    await runBinary('umount', ['--no-canonicalize', path], signal)
  } catch (error) {
    if (signal.aborted) throw error
    // A propagated copy may have gone with its peer.
    if ((await mountAt(path)) === undefined) return
    await runBinary('umount', ['--no-canonicalize', '--lazy', path], signal)
  }
}

function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  )
}
