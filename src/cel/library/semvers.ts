import { CelError } from '../values/cel-error.ts'
import { type Overload, overload } from '../values/overload.ts'
import { CelOpaque, type CelValue } from '../values/values.ts'

class CelSemver extends CelOpaque {
  readonly typeName = 'kubernetes.Semver'
  readonly numbers: readonly bigint[]
  readonly prerelease: readonly string[]
  constructor(numbers: readonly bigint[], prerelease: readonly string[]) {
    super()
    this.numbers = numbers
    this.prerelease = prerelease
  }
  equals(other: CelOpaque): boolean {
    return other instanceof CelSemver && compare(this, other) === 0
  }
}

const isNumber = (text: string): boolean => /^\d+$/.test(text)
const isIdentifier = (text: string): boolean => /^[0-9A-Za-z-]+$/.test(text)

function numberOf(name: string, text: string): bigint {
  if (!isNumber(text)) {
    throw new CelError(`Invalid character(s) found in ${name} number ${JSON.stringify(text)}`)
  }
  if (text.length > 1 && text.startsWith('0')) {
    const title = name.charAt(0).toUpperCase() + name.slice(1)
    throw new CelError(`${title} number must not contain leading zeroes ${JSON.stringify(text)}`)
  }
  if (text.length > 20 || BigInt(text) > 0xffff_ffff_ffff_ffffn) {
    throw new CelError(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`)
  }
  return BigInt(text)
}

/**
 * A semantic version as a value of an expression.
 * @throws CelError for a text that is none.
 */
export function semverOperand(text: string): CelValue {
  return semver(text)
}

function semver(text: string, normalize = false): CelSemver {
  const source = normalize ? normalized(text) : text
  if (source === '') throw new CelError('Version string empty')
  const [major, minor, rest] = splitThree(source)
  if (major === undefined || minor === undefined || rest === undefined) {
    throw new CelError('No Major.Minor.Patch elements found')
  }
  const plus = rest.indexOf('+')
  const release = plus < 0 ? rest : rest.slice(0, plus)
  const dash = release.indexOf('-')
  const numbers = [
    numberOf('major', major),
    numberOf('minor', minor),
    numberOf('patch', dash < 0 ? release : release.slice(0, dash)),
  ]
  const prerelease = dash < 0 ? [] : release.slice(dash + 1).split('.')
  for (const part of prerelease) checkPrerelease(part)
  for (const part of plus < 0 ? [] : rest.slice(plus + 1).split('.')) {
    if (part === '') throw new CelError('Build meta data is empty')
    if (!isIdentifier(part)) {
      throw new CelError(`Invalid character(s) found in build meta data ${JSON.stringify(part)}`)
    }
  }
  return new CelSemver(numbers, prerelease)
}

function checkPrerelease(part: string): void {
  if (part === '') throw new CelError('Prerelease is empty')
  if (isNumber(part) && part.length > 1 && part.startsWith('0')) {
    throw new CelError(
      `Numeric PreRelease version must not contain leading zeroes ${JSON.stringify(part)}`,
    )
  }
  if (!isIdentifier(part)) {
    throw new CelError(`Invalid character(s) found in prerelease ${JSON.stringify(part)}`)
  }
}

/** The first two parts between dots, and all that follows. */
function splitThree(text: string): readonly string[] {
  const [major = '', minor, ...rest] = text.split('.')
  if (minor === undefined) return [major]
  return rest.length === 0 ? [major, minor] : [major, minor, rest.join('.')]
}

/** `v1.02` becomes `1.2.0`. */
function normalized(text: string): string {
  const parts = splitThree(text.replace(/^v/, '')).map((part) => {
    if (part.length < 2) return part
    const stripped = part.replace(/^0+/, '')
    return /^\d/.test(stripped) ? stripped : `0${stripped}`
  })
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? '')) {
    throw new CelError('short version cannot contain PreRelease/Build meta data')
  }
  return [...parts, '0', '0'].slice(0, 3).join('.')
}

function isSemver(text: string, normalize = false): boolean {
  try {
    semver(text, normalize)
    return true
  } catch {
    return false
  }
}

function compare(a: CelSemver, b: CelSemver): number {
  for (const [i, number] of a.numbers.entries()) {
    const other = b.numbers[i] ?? 0n
    if (number !== other) return number < other ? -1 : 1
  }
  // A release comes behind all that precede it.
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return Math.sign(b.prerelease.length - a.prerelease.length)
  }
  for (const [i, part] of a.prerelease.entries()) {
    const other = b.prerelease[i]
    if (other === undefined) return 1
    if (part !== other) return comparePrerelease(part, other)
  }
  return a.prerelease.length < b.prerelease.length ? -1 : 0
}

function comparePrerelease(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return BigInt(a) < BigInt(b) ? -1 : 1
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1
  return a < b ? -1 : 1
}

const part = (index: number) => (version: CelSemver) => version.numbers[index] ?? 0n

/** Semantic versions. */
export const semvers: readonly Overload[] = [
  overload('semver(string): Semver', semver),
  overload('semver(string, bool): Semver', semver),
  overload('isSemver(string): bool', isSemver),
  overload('isSemver(string, bool): bool', isSemver),
  overload('Semver.major(): int', part(0)),
  overload('Semver.minor(): int', part(1)),
  overload('Semver.patch(): int', part(2)),
  overload('Semver.isGreaterThan(Semver): bool', (a: CelSemver, b: CelSemver) => compare(a, b) > 0),
  overload('Semver.isLessThan(Semver): bool', (a: CelSemver, b: CelSemver) => compare(a, b) < 0),
  overload('Semver.compareTo(Semver): int', (a: CelSemver, b: CelSemver) => BigInt(compare(a, b))),
]
