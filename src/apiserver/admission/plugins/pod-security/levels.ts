/** Levels, versions and the policy that a namespace asks for by its labels (upstream: `api/helpers.go`). */
import { type FieldError, fieldPath, invalidField } from '#machinery/validation'

const levels = ['privileged', 'baseline', 'restricted'] as const

/** How much a pod may; each level allows less than the one before it. */
export type PodSecurityLevel = (typeof levels)[number]

/** The minor version of Kubernetes whose checks are meant. */
export type PolicyVersion = number | 'latest'

/** Whose checks a pod has to pass. */
export interface LevelVersion {
  readonly level: PodSecurityLevel
  readonly version: PolicyVersion
}

/** What is refused, what is noted for the audit, and what is warned of. */
export interface PodSecurityPolicy {
  readonly enforce: LevelVersion
  readonly audit: LevelVersion
  readonly warn: LevelVersion
}

/** The modes, in the order in which their labels are read. */
export const modes = ['enforce', 'audit', 'warn'] as const

const prefix = 'pod-security.kubernetes.io/'

/** The label that says the level of a mode. */
export function levelLabel(mode: keyof PodSecurityPolicy): string {
  return `${prefix}${mode}`
}

/** The label that says the version of a mode. */
export function versionLabel(mode: keyof PodSecurityPolicy): string {
  return `${prefix}${mode}-version`
}

/** `restricted:v1.30` */
export function levelVersionText({ level, version }: LevelVersion): string {
  return `${level}:${version === 'latest' ? version : `v1.${version}`}`
}

/** Negative, zero or positive as `a` allows more than, as much as or less than `b`. */
export function compareLevels(a: PodSecurityLevel, b: PodSecurityLevel): number {
  return levels.indexOf(a) - levels.indexOf(b)
}

/** Whether both come to the same; whatever its version, `privileged` allows everything. */
export function areEquivalent(a: LevelVersion, b: LevelVersion): boolean {
  if (a.level !== b.level) return false
  return a.level === 'privileged' || a.version === b.version
}

/** Whether the policy asks for nothing at all. */
export function isFullyPrivileged(policy: PodSecurityPolicy): boolean {
  return modes.every((mode) => policy[mode].level === 'privileged')
}

/** A level, or why the text is none. */
export function parseLevel(text: string): PodSecurityLevel | { readonly fault: string } {
  const level = levels.find((each) => each === text)
  return level ?? { fault: `must be one of ${levels.join(', ')}` }
}

/** A version, or why the text is none. */
export function parsePolicyVersion(text: string): PolicyVersion | { readonly fault: string } {
  if (text === 'latest') return text
  const minor = /^v1\.(0|[1-9]\d{0,8})$/.exec(text)?.[1]
  return minor === undefined ? { fault: 'must be "latest" or "v1.x"' } : Number(minor)
}

/** What an unreadable label is taken for: pods are refused rather than let in, and nobody is told twice. */
const mistaken: Readonly<Record<keyof PodSecurityPolicy, PodSecurityLevel>> = {
  enforce: 'restricted',
  audit: 'privileged',
  warn: 'privileged',
}

/** The policy of a namespace with these labels, and which of them cannot be read. */
export function policyOf(
  labels: Readonly<Record<string, string>> | undefined,
  defaults: PodSecurityPolicy,
): { readonly policy: PodSecurityPolicy; readonly errors: readonly FieldError[] } {
  const policy: Record<keyof PodSecurityPolicy, LevelVersion> = { ...defaults }
  const errors: FieldError[] = []
  if (!labels) return { policy, errors }
  const read = readerOf(labels, errors)
  for (const mode of modes) {
    const level = read(levelLabel(mode), parseLevel, mistaken[mode])
    const version = read(versionLabel(mode), parsePolicyVersion, 'latest')
    const { [mode]: byDefault } = defaults
    policy[mode] = { level: level ?? byDefault.level, version: version ?? byDefault.version }
  }
  const { enforce, warn } = policy
  const saysLevel = typeof parseLevel(labels[levelLabel('enforce')] ?? '') === 'string'
  const warnsToo = levelLabel('warn') in labels
  if (!warnsToo && saysLevel && compareLevels(enforce.level, warn.level) > 0) {
    const version = versionLabel('warn') in labels ? warn.version : enforce.version
    policy.warn = { level: enforce.level, version }
  }
  return { policy, errors }
}

/** Reads labels; gives what one is taken for that cannot be read, and keeps why. */
function readerOf(labels: Readonly<Record<string, string>>, errors: FieldError[]) {
  return <T extends string | number>(
    label: string,
    parse: (text: string) => T | { readonly fault: string },
    otherwise: T,
  ): T | undefined => {
    const text = labels[label]
    if (text === undefined) return undefined
    const parsed = parse(text)
    if (typeof parsed !== 'object') return parsed
    errors.push(invalidField(fieldPath('metadata', 'labels').key(label), text, parsed.fault))
    return otherwise
  }
}
