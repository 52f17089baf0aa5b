import { chmod, lchown, lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { VolumeGroup } from '../model/volumes.ts'

const setGroupId = 0o2000
const readWrite = 0o660
const readOnlyBits = 0o440
const enter = 0o110

/**
 * Gives a tree to a group, as upstream's `SetVolumeOwnership`: the group may read (and write), and
 * new files in its directories inherit it. Links are re-owned, never followed.
 */
export async function giveToGroup(
  path: string,
  group: VolumeGroup,
  readOnly: boolean,
  signal: AbortSignal,
): Promise<void> {
  const bits = readOnly ? readOnlyBits : readWrite
  if (group.change === 'onRootMismatch' && (await fits(path, group.gid, bits))) return
  await walk(path, group.gid, bits, signal)
}

async function fits(path: string, gid: number, bits: number): Promise<boolean> {
  const stats = await lstat(path)
  const wanted = bits | setGroupId | enter
  return stats.gid === gid && (stats.mode & wanted) === wanted
}

async function walk(path: string, gid: number, bits: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const stats = await lstat(path)
  if (stats.isDirectory()) {
    for (const name of await readdir(path)) await walk(join(path, name), gid, bits, signal)
  }
  await lchown(path, stats.uid, gid)
  if (stats.isSymbolicLink()) return
  const extra = stats.isDirectory() ? bits | setGroupId | enter : bits
  await chmod(path, (stats.mode & 0o7777) | extra)
}
