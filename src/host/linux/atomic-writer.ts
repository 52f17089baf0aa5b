import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HostError } from '../model/error.ts'
import type { VolumeFile } from '../model/volumes.ts'
import { unlessMissing } from './system/errors.ts'

const dataLink = '..data'
const nextDataLink = '..data_tmp'

export interface AtomicWrite {
  readonly directory: string
  readonly files: readonly VolumeFile[]
  readonly wallMs: number
  /** Sets owners once the new files are there and before anybody can see them. */
  readonly prepare: () => Promise<void>
}

/**
 * Makes `directory` show exactly `files`, switching all of them in one step (upstream's
 * `AtomicWriter`). The layout:
 *
 *     ..2026_01_31_09_30_00.x1y2z3/tls/key    the payload of one write
 *     ..data -> ..2026_01_31_09_30_00.x1y2z3  swapped by rename
 *     tls -> ..data/tls                       what users open; never changes while it exists
 */
export async function writeAtomically(write: AtomicWrite): Promise<void> {
  const { directory, files } = write
  for (const file of files) checkPath(file.path)
  const current = await unlessMissing(() => readlink(join(directory, dataLink)))
  const visible = new Set(files.map((file) => topOf(file.path)))
  if (current !== undefined && (await isUnchanged(join(directory, current), files))) {
    await linkVisible(directory, visible)
    return
  }
  const fresh = await mkdtemp(join(directory, timestampPrefix(write.wallMs)))
  await chmod(fresh, 0o755)
  for (const file of files) await writePayload(fresh, file)
  await write.prepare()
  await linkVisible(directory, visible)
  await swapDataLink(directory, fresh.slice(directory.length + 1))
  await removeStale(directory, visible, fresh.slice(directory.length + 1))
}

function checkPath(path: string): void {
  const steps = path.split('/')
  if (path === '' || path.startsWith('/') || steps.includes('..') || steps[0]?.startsWith('..')) {
    throw new HostError('Invalid', `invalid path: ${JSON.stringify(path)} leaves the volume`)
  }
}

const topOf = (path: string): string => path.split('/')[0] ?? path

/** `..2006_01_02_15_04_05.` in UTC. */
function timestampPrefix(wallMs: number): string {
  const instant = new Date(wallMs).toISOString().slice(0, 19)
  return `..${instant.replace(/[-T:]/g, '_')}.`
}

async function writePayload(root: string, file: VolumeFile): Promise<void> {
  const path = join(root, file.path)
  await mkdir(dirname(path), { recursive: true, mode: 0o755 })
  await writeFile(path, file.bytes, { mode: file.mode })
  await chmod(path, file.mode)
  if (file.uid !== undefined) await chown(path, file.uid, (await stat(path)).gid)
}

/** Content and modes decide; a group's extra bits from an earlier `prepare` do not count. */
async function isUnchanged(root: string, files: readonly VolumeFile[]): Promise<boolean> {
  const present = await payloadPaths(root)
  if (present === undefined || present.length !== files.length) return false
  for (const file of files) {
    const bytes = await unlessMissing(() => readFile(join(root, file.path)))
    if (bytes === undefined || Buffer.compare(bytes, file.bytes) !== 0) return false
    const { mode } = await stat(join(root, file.path))
    if ((mode & file.mode) !== file.mode) return false
  }
  return true
}

async function payloadPaths(root: string): Promise<readonly string[] | undefined> {
  const entries = await unlessMissing(() => readdir(root, { recursive: true, withFileTypes: true }))
  return entries?.filter((entry) => !entry.isDirectory()).map((entry) => entry.name)
}

async function linkVisible(directory: string, visible: ReadonlySet<string>): Promise<void> {
  for (const name of visible) {
    const path = join(directory, name)
    const target = await unlessMissing(() => readlink(path))
    if (target === undefined) await symlink(join(dataLink, name), path)
  }
}

async function swapDataLink(directory: string, fresh: string): Promise<void> {
  const next = join(directory, nextDataLink)
  await rm(next, { force: true })
  await symlink(fresh, next)
  await rename(next, join(directory, dataLink))
}

/** Also clears what a crash between two steps has left. */
async function removeStale(
  directory: string,
  visible: ReadonlySet<string>,
  fresh: string,
): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === dataLink || name === fresh || visible.has(name)) continue
    await rm(join(directory, name), { recursive: true, force: true })
  }
}
