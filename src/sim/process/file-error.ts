/** Why a file cannot be made or written, in the words of the C library. */
type FileFault =
  | 'No space left on device'
  | 'Not a directory'
  | 'Is a directory'
  | 'File exists'
  | 'Read-only file system'
  | 'Permission denied'
  | 'Operation not permitted'
  | 'No such file or directory'

/** What a system call would have refused. */
export class FileError extends Error {
  override readonly name = 'FileError'
  readonly reason: FileFault

  constructor(reason: FileFault) {
    super(reason)
    this.reason = reason
  }
}

/** The error of a full disk. */
export function noSpace(): FileError {
  return new FileError('No space left on device')
}
