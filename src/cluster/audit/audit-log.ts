import { type AuditOptions, type AuditSink, readAuditPolicy } from '#apiserver'
import { type Clock, KnarrError, type Logger } from '#lib'
import { readConfigFile } from '../config-files/config-file.ts'
import { openLineQueue } from './line-queue.ts'
import type { AuditLogOptions } from './options.ts'
import { openRotatingFile, type RotatingFile } from './rotating-file.ts'

/** The audit log of a cluster while it is open; what is queued is written when it is disposed of. */
export interface AuditLog extends AsyncDisposable {
  /** For its API server; absent where nothing is recorded. */
  readonly audit?: AuditOptions
}

/** What an audit log is written with. */
interface AuditLogWorld {
  readonly clock: Clock
  readonly log: Logger
}

const nothing: AuditLog = { [Symbol.asyncDispose]: async () => undefined }

/**
 * Opens the audit log that the options ask for. Lines are queued, and written while requests go on: those
 * wait for theirs in blocking mode; in batch mode what comes to a full queue is lost, and told of.
 * @throws KnarrError `NoSuchFile`, `BadAuditPolicy`, `AuditLogNotWritable`
 */
export function openAuditLog(
  options: AuditLogOptions | undefined,
  { clock, log }: AuditLogWorld,
): AuditLog {
  const policy = auditPolicyOf(options)
  if (!options || !policy) return nothing
  const target = openTarget(options, clock)
  const queue = openLineQueue(target, { mode: options.mode, log })
  return {
    audit: { policy, sink: queue },
    async [Symbol.asyncDispose]() {
      await queue[Symbol.asyncDispose]()
      target[Symbol.dispose]()
    },
  }
}

/**
 * The same for a simulation, whose time stands while a line is written: each is written at once, in
 * whatever mode, so that nothing of the machine decides how the simulation goes.
 */
export function openSimulatedAuditLog(
  options: AuditLogOptions | undefined,
  { clock, log }: AuditLogWorld,
): AuditLog {
  const policy = auditPolicyOf(options)
  if (!options || !policy) return nothing
  const target = openTarget(options, clock)
  const write: AuditSink['write'] = (line) => {
    try {
      target.appendSync(Buffer.from(line))
    } catch (error) {
      log.error('an audit event is lost', { error: String(error) })
    }
    return true
  }
  return {
    audit: { policy, sink: { write } },
    [Symbol.asyncDispose]: async () => target[Symbol.dispose](),
  }
}

/**
 * What the policy file says, where events of it can be written anywhere.
 * @throws KnarrError `NoSuchFile`, `BadAuditPolicy`, `AuditIncomplete`
 */
export function auditPolicyOf(
  options: AuditLogOptions | undefined,
): AuditOptions['policy'] | undefined {
  if (!options) return undefined
  const { policyFile, logPath } = options
  if (policyFile === undefined || logPath === undefined) {
    const [given, missing] =
      policyFile === undefined
        ? ['--audit-log-path', '--audit-policy-file']
        : ['--audit-policy-file', '--audit-log-path']
    throw new KnarrError('AuditIncomplete', `${given} records nothing without ${missing}`)
  }
  return readAuditPolicy(readConfigFile('audit policy', policyFile), policyFile)
}

function openTarget(options: AuditLogOptions, clock: Clock): RotatingFile {
  const { logPath = '-' } = options
  return logPath === '-' ? standardOutput() : openRotatingFile(logPath, options, clock)
}

function standardOutput(): RotatingFile {
  return {
    room: Number.POSITIVE_INFINITY,
    appendSync: (bytes) => void process.stdout.write(bytes),
    append: (bytes) =>
      new Promise((resolve, reject) =>
        process.stdout.write(bytes, (error) => (error ? reject(error) : resolve())),
      ),
    [Symbol.dispose]: () => undefined,
  }
}
