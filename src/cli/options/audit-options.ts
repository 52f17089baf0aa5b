import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { type AuditLogOptions, type AuditMode, auditModes } from '#cluster'
import { wholeNumber } from './options.ts'

/** The flags of `knarr up` about the audit of requests, named as upstream's. */
export interface AuditFlags {
  readonly auditPolicyFile?: string
  readonly auditLogPath?: string
  readonly auditLogMaxsize: number
  readonly auditLogMaxage: number
  readonly auditLogMaxbackup: number
  readonly auditLogMode: AuditMode
}

const most = Number.MAX_SAFE_INTEGER

export function addAuditOptions(command: Command): Command {
  return command
    .option(
      '--audit-policy-file <file>',
      'a Policy of audit.k8s.io/v1: what is recorded of requests',
    )
    .option(
      '--audit-log-path <file>',
      'where it is recorded, a line of JSON each; - is standard output',
    )
    .option(
      '--audit-log-maxsize <MB>',
      'its size before it is rotated; 0: never',
      wholeNumber(0, most),
      100,
    )
    .option(
      '--audit-log-maxage <days>',
      'how old rotated ones become; 0: any age',
      wholeNumber(0, most),
      366,
    )
    .option(
      '--audit-log-maxbackup <number>',
      'how many of them are kept; 0: all',
      wholeNumber(0, most),
      100,
    )
    .addOption(
      new Option('--audit-log-mode <mode>', 'whether requests wait until it is written')
        .choices(auditModes)
        .default('blocking'),
    )
}

/** What is told of the audit; nothing where neither a policy nor a log is named. */
export function auditOf(flags: AuditFlags): { readonly auditLog?: AuditLogOptions } {
  const { auditPolicyFile: policyFile, auditLogPath: logPath } = flags
  if (policyFile === undefined && logPath === undefined) return {}
  return {
    auditLog: {
      ...(policyFile !== undefined && { policyFile: resolve(policyFile) }),
      ...(logPath !== undefined && { logPath: logPath === '-' ? logPath : resolve(logPath) }),
      maxSizeMegabytes: flags.auditLogMaxsize,
      maxAgeDays: flags.auditLogMaxage,
      maxBackups: flags.auditLogMaxbackup,
      mode: flags.auditLogMode,
    },
  }
}
