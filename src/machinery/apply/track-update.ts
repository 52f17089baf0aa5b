import type { Steps } from '#lib'
import type { KubeObject, ManagedFieldsEntry } from '../meta/object.ts'
import { byteLength, isPlainName, isPrintable } from '../values/go-format.ts'
import { formatTime } from '../values/time.ts'
import {
  compareTimes,
  decodeManagers,
  encodeManagers,
  type Manager,
  type ManagerIdentity,
  type Managers,
  managerId,
  maxUpdateManagers,
  withHoldings,
} from './managers/managers.ts'
import { changesOf, gainsOf, type UpdateWrite, withoutLosses } from './managers/ownership.ts'
import { sharedSet } from './managers/shared-sets.ts'
import { difference, emptySet, type FieldSet, isEmptySet, union } from './model/field-set.ts'
import { compareText } from './model/path-element.ts'
import { sameJson } from './model/same-json.ts'
import { emptyValue, type OwnedType } from './model/schema.ts'
import { unownedFields, withManagedFields, withoutManagedFields } from './object-fields.ts'
import { rewrittenEntries } from './rewrite-entries.ts'
import { isSame } from './typed/compare.ts'

export interface UpdateOptions {
  readonly type: OwnedType
  /** Of the objects. */
  readonly apiVersion: string
  /** See `managerName`. */
  readonly manager: string
  readonly subresource?: string
  /** What this endpoint does not write, such as `status`. */
  readonly resetFields?: FieldSet
  /** Wall time, milliseconds. */
  readonly now: number
}

const ancientChanges = 'ancient-changes'

/** The longest name that upstream takes from a user agent, in bytes. */
const maxManagerBytes = 128

/**
 * Names the field manager of a request: its `fieldManager`, or what its user agent says before the
 * first slash.
 */
export function managerName(fieldManager: string | undefined, userAgent: string): string {
  if (fieldManager) return fieldManager
  const product = userAgent.split('/', 1)[0]!
  if (isPlainName(product)) return product
  let name = ''
  for (const character of product) {
    if (!isPrintable(character)) continue
    if (byteLength(name + character) > maxManagerBytes) break
    name += character
  }
  return name
}

/**
 * The new object of a create, update or patch with the managed fields it gets: its writer owns what
 * it changed or added, nobody owns any longer what it changed or removed. `live` is undefined when
 * the object is created. Clients may set managed fields themselves, or reset them with an empty
 * list, except through a subresource. An object that nobody manages stays so until it is applied.
 *
 * Never throws: entries that cannot be read are those of the live object, or none.
 */
export function* trackUpdate<T extends KubeObject>(
  live: KubeObject | undefined,
  next: T,
  options: UpdateOptions,
): Steps<T> {
  const before = live?.metadata?.managedFields ?? []
  const { resetFields = emptySet } = options
  const given = next.metadata?.managedFields
  const isSentBack = live !== undefined && given === before
  // What is the very same on both sides need not be left out to be passed over.
  const compared = isSentBack ? { before: live, after: next } : comparable(live, next, options.type)
  const write = { ...compared, ...options, resetFields }
  if (isSentBack || (live && (given === undefined || options.subresource))) {
    const entries = rewrittenEntries(before, write)
    if (entries) return withManagedFields(next, entries)
  }
  yield
  const managers = managersOfUpdate(before, next, options)
  if (managers.size === 0 && live?.metadata?.uid) return withManagedFields(next, [])
  const updated = yield* updateManagers(managers, write)
  yield
  return withManagedFields(next, encodeManagers(updated, before))
}

/** The two to be compared; metadata that is the same in both costs nothing. */
function comparable(live: KubeObject | undefined, next: KubeObject, type: OwnedType) {
  if (live && live.metadata === next.metadata) return { before: live, after: next }
  const before = live ? withoutManagedFields(live) : emptyValue(type)
  return { before, after: withoutManagedFields(next) }
}

function managersOfUpdate(
  before: readonly ManagedFieldsEntry[],
  next: KubeObject,
  options: UpdateOptions,
): Managers {
  const given = next.metadata?.managedFields
  if (options.subresource || given === before) return readManagers(before)
  if (given && isReset(given)) return new Map()
  // What a client sends back as it got it is what we have: decoded, frozen.
  if (!given || sameJson(given, before)) return readManagers(before)
  try {
    return decodeManagers(given)
  } catch {
    return readManagers(before)
  }
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0)
}

function readManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  try {
    return decodeManagers(entries)
  } catch {
    return new Map()
  }
}

/** The managers after a write that is no apply. */
export function* updateManagers(managers: Managers, write: UpdateWrite): Steps<Managers> {
  const changes = changesOf(write)
  yield
  if (isSame(changes)) return managers
  const writer: ManagerIdentity = {
    name: write.manager || 'unknown',
    operation: 'Update',
    apiVersion: write.apiVersion,
    subresource: write.subresource ?? '',
  }
  const id = managerId(writer)
  const left = withoutLosses(managers, changes, { ...write, writer: id })
  const gained = difference(gainsOf(changes, write.resetFields), unownedFields)
  const own = left.get(id)
  const kept = own ? difference(own.fields, changes.removed) : emptySet
  const fields = union(kept, gained)
  if (isEmptySet(fields)) left.delete(id)
  else if (!isEmptySet(gained)) {
    // Who writes the same fields again, as a heartbeat does, holds the very set that it held.
    const held = fields === own?.fields ? fields : sharedSet(fields, write.type)
    left.set(id, withHoldings(writer, held, formatTime(write.now)))
  } else if (own && kept !== own.fields) left.set(id, withHoldings(own, kept, own.time))
  return capUpdaters(left)
}

/** Merges the oldest updaters of a version into one bucket until there are few enough. */
function capUpdaters(managers: Map<string, Manager>): Managers {
  if (managers.size <= maxUpdateManagers) return managers
  const updaters = [...managers].filter(([, manager]) => manager.operation === 'Update')
  let count = updaters.length
  if (count <= maxUpdateManagers) return managers
  updaters.sort(([a, one], [b, other]) => compareTimes(one.time, other.time) || compareText(a, b))
  /** The oldest updater of each version: it turns into the bucket when there is a second one. */
  const oldest = new Map<string, string>()
  for (const [id, manager] of updaters) {
    if (count <= maxUpdateManagers) break
    const first = oldest.get(manager.apiVersion)
    if (first === undefined) oldest.set(manager.apiVersion, id)
    else if (mergeIntoBucket(managers, first, id)) count--
  }
  return managers
}

function mergeIntoBucket(managers: Map<string, Manager>, first: string, id: string): boolean {
  const manager = managers.get(id)!
  const { apiVersion } = manager
  const bucket: ManagerIdentity = {
    name: ancientChanges,
    operation: 'Update',
    apiVersion,
    subresource: '',
  }
  const bucketId = managerId(bucket)
  if (id === bucketId) return false
  const into = managers.get(bucketId) ?? managers.get(first)!
  if (!managers.has(bucketId)) managers.delete(first)
  managers.delete(id)
  managers.set(bucketId, withHoldings(bucket, union(manager.fields, into.fields), manager.time))
  return true
}
