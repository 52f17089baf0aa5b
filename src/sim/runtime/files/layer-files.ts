import { dirname } from 'node:path'
import { FileError } from '../../process/file-error.ts'
import type { ProcessUser } from '../../process/process.ts'
import type { FileAttributes, OwnFiles } from './own-files.ts'
import { assertMayChange, assertMayWrite, madeBy } from './permissions.ts'

/** A container's own layer, as its user may change it. */
export interface LayerFiles {
  write(path: string, text: string): void
  append(path: string, text: string): void
  remove(path: string): void
  makeDirectory(path: string): void
  setAttributes(path: string, attributes: FileAttributes): void
}

/** Files beside the mounts; a root file system that is read-only takes nothing. */
export function layerFiles(
  own: OwnFiles,
  user: ProcessUser,
  isClosed: (path: string) => boolean,
): LayerFiles {
  const assertWritable = (path: string) => {
    if (isClosed(path)) throw new FileError('Read-only file system')
  }
  /** What nobody has written there the image may have, for whoever it was made. */
  const assertMayChangeAbove = (path: string) => {
    const above = dirname(path)
    if (own.kindOf(above) === 'directory') assertMayChange(own.attributesOf(above), user)
  }
  /** A file or directory that was made belongs to whoever made it. */
  const give = (path: string) => {
    if (user.uid === 0 && user.gid === 0) return
    const above = own.attributesOf(dirname(path))
    own.setAttributes(path, madeBy(user, own.attributesOf(path).mode, above))
  }
  const put = (path: string, work: () => void) => {
    assertWritable(path)
    const isNew = own.kindOf(path) === undefined
    if (isNew) assertMayChangeAbove(path)
    else assertMayWrite(own.attributesOf(path), user)
    try {
      work()
    } finally {
      if (isNew && own.kindOf(path) !== undefined) give(path)
    }
  }
  return {
    write: (path, text) => put(path, () => own.write(path, text)),
    append: (path, text) => put(path, () => own.append(path, text)),
    makeDirectory: (path) => put(path, () => own.makeDirectory(path)),
    remove(path) {
      assertWritable(path)
      assertMayChangeAbove(path)
      own.remove(path)
    },
    setAttributes(path, attributes) {
      assertWritable(path)
      own.setAttributes(path, attributes)
    },
  }
}
