/** What went wrong on the node, in the few classes that a kubelet treats differently. */
export type HostErrorCode =
  | 'NotFound'
  | 'AlreadyExists'
  | 'NotPermitted'
  | 'NoSpace'
  | 'Invalid'
  | 'Busy'
  | 'Unsupported'
  | 'Io'

/**
 * The rejection of every Host operation. `message` reads like Go's `PathError`
 * (`open /x: no such file or directory`), because it ends up in events and statuses that users
 * compare with upstream's.
 */
export class HostError extends Error {
  override readonly name = 'HostError'
  readonly code: HostErrorCode

  constructor(code: HostErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
