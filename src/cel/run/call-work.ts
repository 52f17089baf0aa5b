import { CelList, CelMap, type CelValue } from '../values/values.ts'

/**
 * What calls take here beyond what upstream counts for them, in the units of costs: one is about a ten-millionth of a
 * second. Measured, and rounded up.
 */
type Work = (args: readonly CelValue[]) => number

const ofText =
  (amount: number): Work =>
  ([value]) =>
    typeof value === 'string' ? amount : 0
const always =
  (amount: number): Work =>
  () =>
    amount
/** What looks at every letter, for which upstream counts 1. */
const letters: Work = ([value]) => (typeof value === 'string' ? value.length / 1000 : 0)
const units = (value: CelValue | undefined): number =>
  typeof value === 'string' || value instanceof Uint8Array ? value.length : 0
/** Elements and entries are compared one by one, at the worst. */
const comparison: Work = ([a, b]) => {
  if (a instanceof CelMap && b instanceof CelMap) return Math.min(a.size, b.size)
  return a instanceof CelList && b instanceof CelList ? Math.min(a.size, b.size) / 4 : 0
}
const part = always(10)

const works: ReadonlyMap<string, Work> = new Map<string, Work>([
  ['_==_', comparison],
  ['_!=_', comparison],
  ['_+_', ([a, b]) => (typeof a === 'bigint' ? 0 : (units(a) + units(b)) / 1000)],
  ['size', letters],
  ['charAt', letters],
  ['ip', ofText(60)],
  ['isIP', always(60)],
  ['ip.isCanonical', always(80)],
  ['cidr', ofText(60)],
  ['isCIDR', always(60)],
  ['containsIP', ([, other]) => (typeof other === 'string' ? 70 : 10)],
  ['containsCIDR', ([, other]) => (typeof other === 'string' ? 70 : 10)],
  ['url', ofText(10)],
  ['isURL', always(10)],
  ['semver', ofText(15)],
  ['isSemver', always(15)],
  ['quantity', ofText(5)],
  ['isQuantity', always(5)],
  ['timestamp', ofText(20)],
  ['duration', ofText(15)],
  ['matches', always(10)],
  ['find', always(10)],
  // Every letter may be a match of its own.
  ['findAll', ([text]) => 10 + units(text) * 4],
  ['upperAscii', ([text]) => units(text) / 3],
  ['lowerAscii', ([text]) => units(text) / 3],
  ['format', always(10)],
  ['getFullYear', part],
  ['getMonth', part],
  ['getDate', part],
  ['getDayOfMonth', part],
  ['getDayOfWeek', part],
  ['getDayOfYear', part],
  ['getHours', part],
  ['getMinutes', part],
  ['getSeconds', part],
  ['getMilliseconds', part],
])

/** What a call takes beyond its cost. It is known before the call is made. */
export function callWork(name: string, args: readonly CelValue[]): number {
  return works.get(name)?.(args) ?? 0
}
