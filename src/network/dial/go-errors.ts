import { isIPv6 } from 'node:net'
import type { DialTarget } from '../model/dialer.ts'

/** `10.0.0.3:80`, `[fd00::3]:80`, `name:80`. */
export function joinHostPort({ host, port }: DialTarget): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}

/** What Go's net package says when a dial runs out of time. */
export function dialTimeout(target: DialTarget): string {
  return `dial tcp ${joinHostPort(target)}: i/o timeout`
}

/** What the kernel's errors are called by Go. */
const errnoTexts: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  ECONNABORTED: 'software caused connection abort',
  EHOSTUNREACH: 'no route to host',
  EHOSTDOWN: 'host is down',
  ENETUNREACH: 'network is unreachable',
  ENETDOWN: 'network is down',
  ETIMEDOUT: 'connection timed out',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files',
  EPIPE: 'broken pipe',
}

/** The two ends of a connection that broke while in use. */
export interface ConnectionEnds {
  readonly local: DialTarget
  readonly remote: DialTarget
}

/**
 * A socket error in Go's words. `ends` are known once the connection stood:
 * `read tcp 10.0.0.1:40000->10.0.0.3:80: read: connection reset by peer`.
 */
export function socketErrorText(
  error: NodeJS.ErrnoException,
  target: DialTarget,
  ends?: ConnectionEnds,
): string {
  const cause = firstCause(error)
  const { syscall = '', code = '' } = cause
  if (syscall === 'getaddrinfo') return `dial tcp: lookup ${target.host}: no such host`
  const reason = errnoTexts[code] ?? cause.message
  if (syscall === 'connect') return `dial tcp ${joinHostPort(target)}: connect: ${reason}`
  if (ends && (syscall === 'read' || syscall === 'write')) {
    const path = `${joinHostPort(ends.local)}->${joinHostPort(ends.remote)}`
    return `${syscall} tcp ${path}: ${syscall}: ${reason}`
  }
  return reason
}

/** A name with several addresses fails with one error for each. */
function firstCause(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  if (error instanceof AggregateError) return (error.errors[0] as NodeJS.ErrnoException) ?? error
  return error
}

/** Whole milliseconds as Go prints a `time.Duration`: `500ms`, `1.5s`, `1m0s`, `1h0m5s`. */
export function goDuration(ms: number): string {
  if (ms === 0) return '0s'
  if (ms < 1000) return `${ms}ms`
  const hours = Math.floor(ms / 3_600_000)
  const minutes = Math.floor(ms / 60_000) % 60
  const seconds = (ms % 60_000) / 1000
  if (hours > 0) return `${hours}h${minutes}m${seconds}s`
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`
}
