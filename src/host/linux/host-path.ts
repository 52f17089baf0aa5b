import { stat } from 'node:fs/promises'
import { judgeHostPath, madeForHostPath } from '../model/host-path-check.ts'
import type { HostPathCheck, HostPathType } from '../model/volumes.ts'
import { fileStatus } from './file-status.ts'
import { makeDirectory, touchFile } from './linux-files.ts'
import { unlessMissing } from './system/errors.ts'

/** Upstream's hostPath type check; links are followed. */
export async function checkHostPath(path: string, type: HostPathType): Promise<HostPathCheck> {
  if (type === '') return judgeHostPath(path, type, undefined)
  const found = await unlessMissing(async () => fileStatus(await stat(path)))
  const made = found === undefined ? madeForHostPath(type) : undefined
  if (made === 'directory') await makeDirectory(path, 0o755)
  if (made === 'file') await touchFile(path, 0o644)
  return judgeHostPath(path, type, made ?? found?.kind)
}
