import { HostError, type HostErrorCode } from '../../model/error.ts'

const codes: Readonly<Record<string, HostErrorCode>> = {
  ENOENT: 'NotFound',
  EEXIST: 'AlreadyExists',
  EACCES: 'NotPermitted',
  EPERM: 'NotPermitted',
  EROFS: 'NotPermitted',
  ENOSPC: 'NoSpace',
  EDQUOT: 'NoSpace',
  EINVAL: 'Invalid',
  ENOTDIR: 'Invalid',
  EISDIR: 'Invalid',
  ELOOP: 'Invalid',
  ENAMETOOLONG: 'Invalid',
  EBUSY: 'Busy',
  ENOTEMPTY: 'Busy',
  ETXTBSY: 'Busy',
  ENOSYS: 'Unsupported',
  EOPNOTSUPP: 'Unsupported',
}

/** Runs file operations and turns what Node throws into a `HostError` worded as Go would. */
export async function hostIo<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw toHostError(error)
  }
}

/** The same, where a missing file is an answer. */
export async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isErrno(error) && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw toHostError(error)
  }
}

export function isErrno(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).code === 'string'
}

function toHostError(error: unknown): unknown {
  if (!isErrno(error) || error instanceof HostError || error.syscall === undefined) return error
  const path = error.path === undefined ? '' : ` ${error.path}`
  const code = codes[error.code ?? ''] ?? 'Io'
  return new HostError(code, `${error.syscall}${path}: ${reasonOf(error)}`, { cause: error })
}

/** `ENOENT: no such file or directory, open '/x'` holds the reason in its middle. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const match = /^[A-Z0-9]+: (.*?), /.exec(error.message)
  return match?.[1] ?? error.message
}
