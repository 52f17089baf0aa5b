/** The ways to write the audit log (upstream: `AllowedModes`). */
export const auditModes = ['batch', 'blocking', 'blocking-strict'] as const
/** A mode says whether requests wait for the audit log, and whether they fail without it. */
export type AuditMode = (typeof auditModes)[number]

/** How large a file may become, and how many of those before it are kept; 0 sets no limit. */
export interface RotationLimits {
  readonly maxSizeMegabytes: number
  readonly maxAgeDays: number
  readonly maxBackups: number
}

/** What `knarr up` is told about the audit of requests. */
export interface AuditLogOptions extends RotationLimits {
  readonly policyFile?: string
  /** `-` is standard output. */
  readonly logPath?: string
  readonly mode: AuditMode
}
